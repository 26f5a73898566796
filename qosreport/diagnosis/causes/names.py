"""The causes by name, in their order of elimination, and who most likely owns each."""

import polars as pl

from qosreport.diagnosis import attribution as rules

ISP, WIFI = "isp", "participant_wifi"
CAUSES = (
    rules.REMOTE_SENDER, rules.DATA_CENTER, rules.SITE, ISP, rules.UPLINK, rules.DOWNLINK,
    rules.ACCESS, WIFI, rules.DEVICE, rules.UNDETERMINED,
)  # fmt: skip
CAUSE = pl.Enum(CAUSES)
"""Widest first; what explains nobody else's minutes comes after what does."""
SHARED = (rules.REMOTE_SENDER, rules.DATA_CENTER, rules.SITE, ISP)
"""Causes beyond the participant."""

OWNER = pl.Enum(["zoom", "site_network", "provider", "person", "desktop_team", "nobody"])
OWNERS = {
    rules.REMOTE_SENDER: "person",
    rules.DATA_CENTER: "zoom",
    rules.SITE: "site_network",
    ISP: "provider",
    rules.UPLINK: "person",
    rules.DOWNLINK: "person",
    rules.ACCESS: "person",
    WIFI: "person",
    rules.DEVICE: "desktop_team",
    rules.UNDETERMINED: "nobody",
}
"""Who can do something about a cause; nobody, where it is not known."""
