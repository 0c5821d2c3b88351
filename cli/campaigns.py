"""`clarion campaigns`: its commands."""

from typing import Final

from cli.lazy import Lazy, lazy_app

COMMANDS: Final = {
    "apply": Lazy(
        "cli.campaign_apply:apply",
        "Make each file the draft of its campaign, beside the live version if there is one.",
    ),
    "list": Lazy("cli.campaign_list:list_all", "List all campaigns with their status."),
    "show": Lazy(
        "cli.campaign_show:show",
        "Show a version (the live one, else the draft, else the last) as a file that can be applied again.",
    ),
    "review": Lazy(
        "cli.campaign_review:review",
        "Review the draft, else the current version. Exits with 1 when there are errors.",
    ),
    "check": Lazy(
        "cli.campaign_review:check",
        "Review files before they are applied, as far as that needs no database. Exits with 1 on errors.",
    ),
    "diff": Lazy(
        "cli.campaign_versions:diff",
        "Show what differs between two versions: their files, and the sample as each renders it.",
    ),
    "history": Lazy(
        "cli.campaign_versions:history",
        "Show what happened to a campaign, in order: drafted, activated, replaced, stopped, and by whom.",
    ),
    "activate": Lazy(
        "cli.campaign_lifecycle:activate",
        "Make the draft live, in place of the live version; refused while its review has errors.",
    ),
    "resume": Lazy(
        "cli.campaign_lifecycle:resume",
        "Execute a campaign again that was paused by its guard; what the guard counts begins from now.",
    ),
    "stop": Lazy(
        "cli.campaign_lifecycle:stop", "Stop the live version for good; a new draft can be activated later."
    ),
    "archive": Lazy(
        "cli.campaign_lifecycle:archive",
        "Archive a stopped campaign or a draft for good; its id cannot be used again.",
    ),
    "duplicate": Lazy(
        "cli.campaign_lifecycle:duplicate", "Copy the current version into the draft of a new campaign."
    ),
    "schema": Lazy(
        "cli.campaign_contract:schema",
        "Print the JSON Schema of the campaign's triggers: its variables, and which are required.",
    ),
    "sample": Lazy(
        "cli.campaign_contract:sample",
        "Print an example trigger with every variable that the campaign's templates use.",
    ),
    "experiment": Lazy(
        "cli.campaign_experiment:experiment",
        "Show what each treatment of the campaign's experiment has come to, against the first.",
    ),
    "promote": Lazy(
        "cli.campaign_experiment:promote",
        "Make a new live version in which everybody gets this treatment, and the experiment is over.",
    ),
    "preview": Lazy(
        "cli.campaign_preview:preview",
        "Render the messages by the code that sends them, and send nothing; HTML goes to files.",
    ),
    "explain": Lazy(
        "cli.campaign_preview:explain",
        "Show each rule in order with its verdict, for a trigger that is not sent.",
    ),
    "proof": Lazy(
        "cli.campaign_proof:proof",
        "Send a version to a few testers, marked as a test: in no report, without consents and caps.",
    ),
    "backtest": Lazy(
        "cli.backtest:backtest",
        "Run past triggers through another version and compare with the live one. Sends and writes nothing.",
    ),
}

app = lazy_app(COMMANDS, help="Campaigns: what is sent, to whom, by which channels, and when.")
