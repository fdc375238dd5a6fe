import type { RuleTable } from "../../ground/findings/index.js";

type LxcRuleId =
	| "LXC_KEY"
	| "LXC_LINE"
	| "LXC_VALUE"
	| "LXC_ENVIRONMENT"
	| "LXC_MOUNT"
	| "LXC_CAPABILITIES"
	| "LXC_CGROUP"
	| "LXC_COMMAND"
	| "LXC_NETWORK"
	| "LXC_SIZE";

const CONFIGURATION = "change PV_LXC_EXTRA_CONF, or the argument that the line comes from";

/** Rules for what liblxc refuses, or silently ignores, in lxc.container.conf (docs/formats/devices.md#liblxc). */
export const LXC_RULES: RuleTable<LxcRuleId> = {
	LXC_KEY: {
		severity: "error",
		reason: "a key that liblxc 3.0 does not have: the container never starts",
		remedy: CONFIGURATION,
	},
	LXC_LINE: { severity: "warning", reason: "a line that liblxc passes over", remedy: CONFIGURATION },
	LXC_VALUE: {
		severity: "error",
		reason: "a value that liblxc refuses: the container never starts",
		remedy: CONFIGURATION,
	},
	LXC_ENVIRONMENT: {
		severity: "error",
		reason: "lxc.environment without =: the container never starts",
		remedy: "write NAME=value",
	},
	LXC_MOUNT: {
		severity: "error",
		reason: "a mount entry with too few or too many fields",
		remedy: CONFIGURATION,
	},
	LXC_CGROUP: {
		severity: "warning",
		reason:
			"on cgroup2, LXC 6 cannot mount cgroup where the container keeps the cgroup namespace of the host",
		remedy:
			"add --arg LXC_MOUNT_AUTO_GROUP= so that nothing is mounted, or leave cgroup out of PV_LXC_NAMESPACE_KEEP",
	},
	LXC_CAPABILITIES: {
		severity: "error",
		reason: "liblxc refuses lxc.cap.drop and lxc.cap.keep together",
		remedy: "use one of PV_LXC_CAP_DROP and PV_LXC_CAP_KEEP",
	},
	LXC_COMMAND: {
		severity: "warning",
		reason: "the generations of liblxc on devices split the command into different words",
		remedy: "let a script do what needs the quotes",
	},
	LXC_NETWORK: {
		severity: "error",
		reason: "lxc.net lines beside a network pool: the container does not start",
		remedy: "use either PV_NETWORK_POOL or PV_LXC_NETWORK_TYPE",
	},
	LXC_SIZE: {
		severity: "error",
		reason: "a configuration that is too large to be looked at",
		remedy: CONFIGURATION,
	},
};
