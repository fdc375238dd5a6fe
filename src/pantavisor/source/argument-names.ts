/** The type of a template argument, and what it decides. */
export interface Argument {
	readonly kind: ArgumentKind;
	/** What the argument decides, in words: a line of lxc.container.conf, a member of run.json, or both. */
	readonly about: string;
	/** An example of a value for `--arg`. */
	readonly example: string;
}

/**
 * `switch`: on with any value except the empty one; `words`: items separated by commas; `list`, `object` and
 * `json`: as JSON, or a string that contains it.
 */
export type ArgumentKind = "switch" | "scalar" | "string" | "number" | "words" | "list" | "object" | "json";

/** All template arguments, and what they decide (docs/formats/pvr.md#arguments). */
export const ARGUMENTS: ReadonlyMap<string, Argument> = new Map(
	(
		[
			["LXC_TTY_MAX", "scalar", "lxc.tty.max", "4"],
			["LXC_PTY_MAX", "scalar", "lxc.pty.max", "64"],
			["LXC_MOUNT_AUTO_PROC", "scalar", "first word of lxc.mount.auto", "proc:mixed"],
			["LXC_MOUNT_AUTO_SYS", "scalar", "second word of lxc.mount.auto", "sys:ro"],
			["LXC_MOUNT_AUTO_GROUP", "scalar", "third word of lxc.mount.auto", "cgroup:mixed"],
			[
				"PVR_LXC_CGROUP_DEVICES_WHITE",
				"list",
				"devices that are allowed, all others denied",
				'["c 10:200 rwm"]',
			],
			["PVR_LXC_CGROUP_V1", "list", "lxc.cgroup lines", '["memory.limit_in_bytes = 64M"]'],
			["PV_DEBUG_MODE", "switch", "log file of LXC", "yes"],
			["PV_LXC_EXTRA_ENV", "list", "further environment", '["LANG=C"]'],
			["PV_LXC_NAMESPACE_KEEP", "scalar", "namespaces shared with the host", "user net"],
			["PV_LXC_DISABLE_CONSOLE", "switch", "no console", "yes"],
			["PV_DISABLE_AUTODEV", "switch", "no /dev of its own", "yes"],
			["PV_SECURITY_FULLDEV", "switch", "the host's /dev", "yes"],
			["PV_SECURITY_WITH_HOST", "switch", "the host's / at /host", "yes"],
			["PV_SECURITY_WITH_HOSTPROC", "switch", "the host's /proc at /host/proc", "yes"],
			["PV_SECURITY_WITH_STORAGE", "switch", "the device's /storage", "yes"],
			["PV_RESOLV_CONF_DISABLE", "switch", "no resolv.conf from the host", "yes"],
			["PV_RESOLV_CONF_PATH", "scalar", "where resolv.conf is mounted", "run/resolv.conf"],
			["PV_RUN_TMPFS_DISABLE", "switch", "no tmpfs on /run", "yes"],
			["PV_RUN_TMPFS_PATH", "scalar", "where the tmpfs is mounted", "var/run"],
			["PV_LXC_CAP_DROP", "list", "capabilities taken away", '["sys_time"]'],
			["PV_LXC_CAP_KEEP", "list", "capabilities kept, all others taken away", '["net_admin"]'],
			["PV_LXC_NETWORK_TYPE", "string", "network of its own", "veth"],
			["PV_LXC_NETWORK_LINK", "scalar", "interface of a phys network", "eth0"],
			["PV_LXC_NETWORK_IPV4_ADDRESS", "scalar", "address in a veth network", "10.0.3.2/24"],
			["PV_LXC_NETWORK_IPV4_GATEWAY", "scalar", "gateway in a veth network", "10.0.3.1"],
			["PV_LXC_EXTRA_CONF", "string", "lines for lxc.container.conf", "lxc.net.0.mtu = 1400"],
			["PV_FILEIMPORTS", "words", "files exported by other containers", "db/db.conf:etc/db.conf"],
			["PV_IMPORT_CONFIGVOLUMES", "words", "configuration volumes", "db:etc/db"],
			["PV_VOLUME_MOUNTS", "words", "further volumes and where they are mounted", "extra.squashfs:opt/extra"],
			["PV_VOLUME_IMPORTS", "list", "volumes of other containers", '["db:data:/srv/data"]'],
			["PV_EXTRA_VOLUMES", "words", "further volumes", "extra.squashfs"],
			["PV_GROUP", "string", "group", "app"],
			["PV_RUNLEVEL", "string", "runlevel", "app"],
			["PV_RESTART_POLICY", "string", "restart_policy", "container"],
			["PV_STATUS_GOAL", "string", "status_goal", "STARTED"],
			["PV_CONDITIONS", "json", "conditions", '[{"wifi": "up"}]'],
			["PV_DRIVERS_MANUAL", "json", "drivers loaded on demand", '["usbnet"]'],
			["PV_DRIVERS_REQUIRED", "json", "drivers the container needs", '["wifi"]'],
			["PV_DRIVERS_OPTIONAL", "json", "drivers the container can use", '["bluetooth"]'],
			["PV_ROLES", "json", "roles", '["mgmt"]'],
			["PV_AUTOMODFW", "switch", "automodfw", "true"],
			["PV_REMOUNT", "object", "remount", '{"/": "ro"}'],
			["PV_SERVICES_MANUAL", "json", "services used on demand", '["log"]'],
			["PV_SERVICES_REQUIRED", "json", "services the container needs", '["db"]'],
			["PV_SERVICES_OPTIONAL", "json", "services the container can use", '["metrics"]'],
			["PV_AUTO_RECOVERY", "object", "auto_recovery", '{"policy": "on-failure"}'],
			["PV_AUTO_RECOVERY_POLICY", "string", "auto_recovery.policy", "on-failure"],
			["PV_AUTO_RECOVERY_MAX_RETRIES", "number", "auto_recovery.max_retries", "5"],
			["PV_AUTO_RECOVERY_RETRY_DELAY", "number", "auto_recovery.retry_delay", "10"],
			["PV_AUTO_RECOVERY_BACKOFF_FACTOR", "number", "auto_recovery.backoff_factor", "2"],
			["PV_AUTO_RECOVERY_RESET_WINDOW", "number", "auto_recovery.reset_window", "300"],
			["PV_NETWORK_POOL", "string", "network pool of the device", "internal"],
			["PV_NETWORK_HOSTNAME", "scalar", "name in the pool", "web"],
			["PV_NETWORK_IP", "string", "address in the pool", "10.0.4.7"],
			["PV_NETWORK_MAC", "string", "hardware address in the pool", "02:00:00:00:00:07"],
			[
				"PVPKG_IMAGE_USER",
				"switch",
				"the image's User as lxc.init.uid and lxc.init.gid, names as its /etc/passwd has them (pvr does not know it)",
				"1",
			],
			[
				"PVPKG_IMAGE_STOP_SIGNAL",
				"switch",
				"the image's StopSignal as lxc.signal.halt (pvr does not know it)",
				"1",
			],
		] as const
	).map(([name, kind, about, example]) => [name, { kind, about, example }]),
);
