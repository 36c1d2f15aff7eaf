//! Every custom resource of the suite with its conditions, reasons and annotations.
