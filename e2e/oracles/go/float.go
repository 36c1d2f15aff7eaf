package main

import "math"

func mathFloat(bits uint64) float64 { return math.Float64frombits(bits) }
