//! The kinds that notifications are about.

string_enum! {
    /// Kinds whose events are sent and whose reconciliation can be asked for.
    pub enum NotificationObjectKind {
        /// Bucket.
        Bucket = "Bucket",
        /// GitRepository.
        GitRepository = "GitRepository",
        /// Kustomization.
        Kustomization = "Kustomization",
        /// HelmRelease.
        HelmRelease = "HelmRelease",
        /// HelmChart.
        HelmChart = "HelmChart",
        /// HelmRepository.
        HelmRepository = "HelmRepository",
        /// ImageRepository.
        ImageRepository = "ImageRepository",
        /// ImagePolicy.
        ImagePolicy = "ImagePolicy",
        /// ImageUpdateAutomation.
        ImageUpdateAutomation = "ImageUpdateAutomation",
        /// OCIRepository.
        OCIRepository = "OCIRepository",
        /// ArtifactGenerator.
        ArtifactGenerator = "ArtifactGenerator",
        /// ExternalArtifact.
        ExternalArtifact = "ExternalArtifact",
    }
}
