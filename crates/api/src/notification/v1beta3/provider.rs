//! Provider: a service that notifications are sent to (notification.md 2.2).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Duration, LocalObjectReference},
};

custom_resource! {
    /// Describes a service that notifications are sent to.
    pub struct Provider {
        spec: ProviderSpec,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "Provider",
        plural: "providers",
        singular: "provider",
        short_names: &[],
        categories: &["all", "fluxcd", "fluxcd-notifications"],
        controller: "notification-controller",
        status: StatusSchema::None,
        printer_columns: &[
            PrinterColumn::AGE,
        ],
    }
}

/// Which service, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)", r"spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types"),
    ])))
)]
pub struct ProviderSpec {
    /// Kind of service.
    pub r#type: ProviderType,
    /// Has no effect any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Channel, room or topic; its meaning depends on the service.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2048)))]
    pub channel: Option<String>,
    /// Name under which messages are posted; a `username` in the Secret wins.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2048)))]
    pub username: Option<String>,
    /// Address of the service; an `address` in the Secret wins.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2048)))]
    pub address: Option<String>,
    /// Time that sending one notification may take; fifteen seconds when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout"))]
    pub timeout: Option<Duration>,
    /// Address of a proxy; `proxySecretRef` takes its place.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(http|https)://.*$"), length(max = 2048)))]
    pub proxy: Option<String>,
    /// Secret with the address and the credentials of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Secret with credentials for the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity is used to authenticate.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Secret with a CA certificate to trust and a client certificate to present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Sends nothing.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// CEL expression that makes the name of a commit status; only for Git services.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub commit_status_expr: Option<String>,
}

impl crate::Spec for ProviderSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        self.interval.as_ref()
    }
}

string_enum! {
    /// Kinds of services.
    pub enum ProviderType {
        /// Slack.
        Slack = "slack",
        /// Discord.
        Discord = "discord",
        /// Microsoft Teams.
        MsTeams = "msteams",
        /// Rocket.Chat.
        Rocket = "rocket",
        /// A webhook.
        Generic = "generic",
        /// A webhook with signed requests.
        GenericHmac = "generic-hmac",
        /// Commit statuses at GitHub.
        Github = "github",
        /// Commit statuses at GitLab.
        Gitlab = "gitlab",
        /// Commit statuses at Gitea.
        Gitea = "gitea",
        /// Comments on pull requests at Gitea.
        GiteaPullRequestComment = "giteapullrequestcomment",
        /// Build statuses at Bitbucket Server.
        BitbucketServer = "bitbucketserver",
        /// Build statuses at Bitbucket.
        Bitbucket = "bitbucket",
        /// Commit statuses at Azure DevOps.
        AzureDevOps = "azuredevops",
        /// Google Chat.
        GoogleChat = "googlechat",
        /// Google Pub/Sub.
        GooglePubSub = "googlepubsub",
        /// Webex.
        Webex = "webex",
        /// Sentry.
        Sentry = "sentry",
        /// Azure Event Hub.
        AzureEventHub = "azureeventhub",
        /// Telegram.
        Telegram = "telegram",
        /// Lark.
        Lark = "lark",
        /// Matrix.
        Matrix = "matrix",
        /// Opsgenie.
        Opsgenie = "opsgenie",
        /// Prometheus Alertmanager.
        Alertmanager = "alertmanager",
        /// Annotations in Grafana.
        Grafana = "grafana",
        /// Workflow dispatches at GitHub.
        GithubDispatch = "githubdispatch",
        /// Comments on pull requests at GitHub.
        GithubPullRequestComment = "githubpullrequestcomment",
        /// Comments on merge requests at GitLab.
        GitlabMergeRequestComment = "gitlabmergerequestcomment",
        /// PagerDuty.
        PagerDuty = "pagerduty",
        /// Datadog.
        Datadog = "datadog",
        /// NATS.
        Nats = "nats",
        /// Zulip.
        Zulip = "zulip",
        /// Traces to an OpenTelemetry collector.
        Otel = "otel",
        /// Zoom.
        Zoom = "zoom",
        /// incident.io.
        IncidentIo = "incident.io",
    }
}
