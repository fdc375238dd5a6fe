// Containers as they come from the field, with invented names: what pvr's templates made of each is written
// down here line by line, not asked of our own templates.

/** A container of a state: its documents, and the configuration that its src.json renders to. */
export interface FieldContainer {
	readonly name: string;
	readonly source: object;
	/** Members of run.json that differ from the least one. */
	readonly run?: object;
	readonly conf: string;
}

/** Of `docker_config`, what older Docker engines add. */
const OLD_ENGINE = {
	AttachStderr: false,
	AttachStdin: false,
	AttachStdout: false,
	Domainname: "",
	Hostname: "",
	Image: `sha256:${"366b".repeat(16)}`,
	OpenStdin: false,
	StdinOnce: false,
	Tty: false,
	User: "",
};
const PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
const RUN = "lxc.mount.entry = tmpfs run tmpfs rw,nodev,relatime,create=dir,mode=755 0 0";
const RESOLVER = "lxc.mount.entry = /etc/resolv.conf etc/resolv.conf none bind,rw,create=file 0 0";

function configuration(name: string, ...lines: readonly string[]): string {
	const root = `overlayfs:/volumes/${name}/root.squashfs:/volumes/${name}/lxc-overlay/upper`;
	const head = ["lxc.tty.max = 8", "lxc.pty.max = 1024", "lxc.cgroup.devices.allow = a"];
	return `${[...head, `lxc.rootfs.path = ${root}`, ...lines].join("\n")}\n`;
}

const KEPT = ["lxc.namespace.keep = user  net  ipc", "lxc.mount.auto = proc  sys:rw  cgroup"];

/** Drivers, a volume, systemd; pvr 036. */
export const UPLINK: FieldContainer = {
	name: "uplink",
	source: {
		args: { PV_DRIVERS_OPTIONAL: ["wifi", "usbnet", "bluetooth"], PV_GROUP: "root" },
		docker_config: {
			...OLD_ENGINE,
			ArgsEscaped: true,
			Cmd: ["/lib/systemd/systemd"],
			Env: [PATH],
			Volumes: { "/etc/uplink/connections/": {} },
			WorkingDir: "/opt/uplink/",
		},
	},
	run: {
		drivers: { manual: [], optional: ["wifi", "usbnet", "bluetooth"], required: [] },
		group: "root",
		storage: {
			"docker--etc-uplink-connections": { persistence: "permanent" },
			"lxc-overlay": { persistence: "boot" },
		},
	},
	conf: configuration(
		"uplink",
		"lxc.init.cmd = /lib/systemd/systemd",
		"lxc.init.cwd = /opt/uplink/",
		`lxc.environment = ${PATH}`,
		...KEPT,
		RESOLVER,
		RUN,
		"lxc.mount.entry = /volumes/uplink/docker--etc-uplink-connections etc/uplink/connections none bind,rw,create=dir 0 0",
	),
};

/** The least one; pvr 036. */
export const NAMES: FieldContainer = {
	name: "names",
	source: {
		args: { PV_GROUP: "platform" },
		docker_config: { ...OLD_ENGINE, Cmd: ["/sbin/init"], Env: [PATH], WorkingDir: "" },
	},
	run: { group: "platform" },
	conf: configuration(
		"names",
		"lxc.init.cmd = /sbin/init",
		`lxc.environment = ${PATH}`,
		...KEPT,
		RESOLVER,
		RUN,
	),
};

/** Arguments of every kind, dm-verity, a role; pvr 036. */
export const TOOLS: FieldContainer = {
	name: "tools",
	source: {
		args: {
			PV_GROUP: "platform",
			PV_LXC_EXTRA_CONF:
				"lxc.mount.entry = /volumes/_pv/screen var/run/screen none bind,rw,optional,create=dir 0 0",
			PV_RESTART_POLICY: "system",
			PV_ROLES: ["mgmt"],
			PV_SECURITY_WITH_STORAGE: "yes",
			PV_STATUS_GOAL: "STARTED",
		},
		dm_enabled: { "root.squashfs": true },
		docker_config: {
			ArgsEscaped: true,
			Cmd: ["/sbin/init"],
			Env: [PATH, "TOOLS_DIR=/var/tools"],
			Volumes: { "/etc-volume": {}, "/home/tools/.ssh": {} },
			WorkingDir: "/workspace",
		},
	},
	run: {
		group: "platform",
		restart_policy: "system",
		roles: ["mgmt"],
		"root-volume": "dm:root.squashfs",
		status_goal: "STARTED",
		storage: {
			"docker--etc-volume": { persistence: "permanent" },
			"docker--home-tools-.ssh": { persistence: "permanent" },
			"lxc-overlay": { persistence: "boot" },
		},
	},
	conf: configuration(
		"tools",
		"lxc.init.cmd = /sbin/init",
		"lxc.init.cwd = /workspace",
		`lxc.environment = ${PATH}`,
		"lxc.environment = TOOLS_DIR=/var/tools",
		...KEPT,
		"lxc.mount.entry = /storage storage none bind,rw,create=dir 0 0",
		RESOLVER,
		RUN,
		"lxc.mount.entry = /volumes/tools/docker--etc-volume etc-volume none bind,rw,create=dir 0 0",
		"lxc.mount.entry = /volumes/tools/docker--home-tools-.ssh home/tools/.ssh none bind,rw,create=dir 0 0",
		"lxc.mount.entry = /volumes/_pv/screen var/run/screen none bind,rw,optional,create=dir 0 0",
	),
};

/** No group; pvr 037. */
export const PANEL: FieldContainer = {
	name: "panel",
	source: {
		docker_config: {
			ArgsEscaped: true,
			Cmd: ["/app/panel"],
			Env: [PATH],
			ExposedPorts: { "5000/tcp": {} },
			OnBuild: null,
			WorkingDir: "/app",
		},
	},
	conf: configuration(
		"panel",
		"lxc.init.cmd = /app/panel",
		"lxc.init.cwd = /app",
		`lxc.environment = ${PATH}`,
		...KEPT,
		RUN,
		RESOLVER,
	),
};

/** An entry point with arguments, which pvr joins without a blank; pvr 036. */
export const PROXY: FieldContainer = {
	name: "proxy",
	source: {
		docker_config: {
			...OLD_ENGINE,
			Cmd: ["proxy", "-g", "daemon off;"],
			Entrypoint: ["/entrypoint.sh"],
			Env: [PATH, "PROXY_VERSION=1.23.4", "RELEASE=1~stable"],
			ExposedPorts: { "80/tcp": {} },
			Labels: { maintainer: "Proxy Maintainers <proxy@example.com>" },
			OnBuild: null,
			StopSignal: "SIGQUIT",
			Volumes: null,
			WorkingDir: "",
		},
	},
	conf: configuration(
		"proxy",
		'lxc.init.cmd = /entrypoint.sh "proxy""-g""daemon off;"',
		`lxc.environment = ${PATH}`,
		"lxc.environment = PROXY_VERSION=1.23.4",
		"lxc.environment = RELEASE=1~stable",
		...KEPT,
		RESOLVER,
		RUN,
	),
};

const APP = { ...OLD_ENGINE, ArgsEscaped: true, Entrypoint: null, Env: [PATH], Image: "", Labels: null };
const TEMPORARY = {
	storage: { "docker--tmp": { persistence: "permanent" }, "lxc-overlay": { persistence: "boot" } },
};

/** Capabilities and an imported volume; pvr 037. */
export const RADIO: FieldContainer = {
	name: "radio",
	source: {
		args: {
			PV_GROUP: "platform",
			PV_LXC_CAP_KEEP: ["block_suspend", "wake_alarm", "net_admin net_raw net_bind_service"],
			PV_RESTART_POLICY: "container",
			PV_VOLUME_IMPORTS: ["os:/pvrun/dbus:/var/run/dbus"],
		},
		docker_config: { ...APP, Cmd: ["/app/radio"], Volumes: { "/tmp": {} }, WorkingDir: "/app" },
	},
	run: { ...TEMPORARY, group: "platform", restart_policy: "container" },
	conf: configuration(
		"radio",
		"lxc.init.cmd = /app/radio",
		"lxc.init.cwd = /app",
		`lxc.environment = ${PATH}`,
		...KEPT,
		RUN,
		RESOLVER,
		"lxc.mount.entry = /volumes/radio/docker--tmp tmp none bind,rw,create=dir 0 0",
		"lxc.cap.keep = block_suspend",
		"lxc.cap.keep = wake_alarm",
		"lxc.cap.keep = net_admin net_raw net_bind_service",
		"lxc.mount.entry = /volumes/os/docker--pvrun-dbus var/run/dbus none bind,rw,create=dir 0 0",
	),
};

/** No group, and nobody signed it; pvr 037. */
export const PINGER: FieldContainer = {
	name: "pinger",
	source: { docker_config: { ...APP, Cmd: ["/app/pinger"], Volumes: { "/tmp": {} }, WorkingDir: "/app" } },
	run: TEMPORARY,
	conf: configuration(
		"pinger",
		"lxc.init.cmd = /app/pinger",
		"lxc.init.cwd = /app",
		`lxc.environment = ${PATH}`,
		...KEPT,
		RUN,
		RESOLVER,
		"lxc.mount.entry = /volumes/pinger/docker--tmp tmp none bind,rw,create=dir 0 0",
	),
};
