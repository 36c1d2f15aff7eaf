package main

import (
	"io"
	"os"
	"time"
)

// The two variables are taken out of the environment once read.
const (
	// "stdin": the process ends when its standard input does. A pipe's end closes with the process that holds
	// it, however that process ends, so a killed test leaves nothing behind.
	lifelineVariable = "FERROFLUX_LIFELINE"
	// A directory that is removed when the lifeline ends.
	removeVariable = "FERROFLUX_LIFELINE_REMOVES"
)

// The siblings lose the same lifeline in the same moment and may still create a file while it is removed.
const removalAttempts = 50

func holdLifeline() {
	lifeline, directory := os.Getenv(lifelineVariable), os.Getenv(removeVariable)
	os.Unsetenv(lifelineVariable)
	os.Unsetenv(removeVariable)
	if lifeline != "stdin" {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		if directory != "" {
			for range removalAttempts {
				if os.RemoveAll(directory) == nil {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		os.Exit(0)
	}()
}
