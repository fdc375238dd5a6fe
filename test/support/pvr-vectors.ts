/** The invented vectors of docs/formats/pvr.md: first 16 hex digits of SHA-256. */
export interface Vector {
	readonly id: string;
	readonly name: string;
	/** Members of `src.json` besides name and template. */
	readonly source: string;
	/** `docker_config`. */
	readonly image: string;
	readonly group?: string;
	/** `lxc.container.conf` of pvr 036, 037 and 046; undefined: there is none. */
	readonly conf: readonly [head?: string, develop?: string, modern?: string];
	readonly runValue: string;
	readonly runText: string;
}

export const VECTORS: readonly Vector[] = [
	{
		id: "v01-min",
		name: "web",
		source: "{}",
		image: '{"Cmd":["/bin/serve"]}',
		conf: ["d79e9344e811fbb0", "d79e9344e811fbb0", "ce525321801e59ae"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v02-exec",
		name: "web",
		source: '{"args":{"PV_GROUP":"app"},"persistence":{"/data/":"boot","/log":"revision@sd"}}',
		image:
			'{"Entrypoint":["/ep","-x"],"Cmd":["one arg"],"Env":["A=1","B=two words"],"WorkingDir":"/srv","Volumes":{"/var/lib/db/":{}}}',
		group: "app",
		conf: ["03cc3c4c84df279a", "03cc3c4c84df279a", "1e4b3c60be5256b5"],
		runValue: "a6b02ae3c9ad4036",
		runText: "e7a5de27ac6bc2ca",
	},
	{
		id: "v03-multicmd",
		name: "web",
		source: "{}",
		image: '{"Entrypoint":["/ep"],"Cmd":["a","b c"]}',
		conf: ["29e478a214ecfbca", "29e478a214ecfbca", "e4c0b444a112d7f1"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v04-strings",
		name: "web",
		source: "{}",
		image: '{"Entrypoint":"/ep -v","Cmd":"ignored"}',
		conf: ["384523f756bd038d", "384523f756bd038d", "0c4e4998a6790a9c"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v05-noinit",
		name: "web",
		source: "{}",
		image: '{"Entrypoint":null,"Cmd":null}',
		conf: ["95e14875116ee8ce", "95e14875116ee8ce", "5cfbee4ae46a39cc"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v06-data",
		name: "base",
		source: '{"args":{"PV_STATUS_GOAL":"MOUNTED","PV_GROUP":"data"}}',
		image: '{"Cmd":["/x"]}',
		group: "data",
		conf: [],
		runValue: "125c46be6bc1c194",
		runText: "9f48946fc9df0dd1",
	},
	{
		id: "v07-net-veth",
		name: "web",
		source: '{"args":{"PV_LXC_NETWORK_TYPE":"veth","PV_LXC_NETWORK_IPV4_ADDRESS":"10.0.3.9/24"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["a6ad24603181c8d0", "a6ad24603181c8d0", "1ad4448d7b4055ac"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v08-net-phys",
		name: "web",
		source: '{"args":{"PV_LXC_NETWORK_TYPE":"phys","PV_LXC_NETWORK_LINK":"eth1"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["42bb23074e7ed389", "42bb23074e7ed389", "23e70f5242665efc"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v09-sec",
		name: "web",
		source:
			'{"args":{"PV_SECURITY_FULLDEV":"1","PV_SECURITY_WITH_HOST":"1","PV_SECURITY_WITH_HOSTPROC":"1","PV_SECURITY_WITH_STORAGE":"1","PV_DEBUG_MODE":"1","PV_LXC_DISABLE_CONSOLE":"1","PV_DISABLE_AUTODEV":"1","PV_RESOLV_CONF_DISABLE":"1","PV_RUN_TMPFS_PATH":"var/run","LXC_TTY_MAX":"4","LXC_MOUNT_AUTO_GROUP":"cgroup-full"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["ad93adb1a512691c", "ad93adb1a512691c", "ad93adb1a512691c"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v10-lists",
		name: "web",
		source:
			'{"args":{"PVR_LXC_CGROUP_DEVICES_WHITE":["c 1:3 rwm"],"PVR_LXC_CGROUP_V1":["memory.limit_in_bytes = 1M"],"PV_LXC_EXTRA_ENV":["Z=9"],"PV_LXC_CAP_DROP":["SYS_ADMIN"],"PV_LXC_CAP_KEEP":["NET_RAW"],"PV_LXC_NAMESPACE_KEEP":"user pid","PV_LXC_EXTRA_CONF":"lxc.apparmor.profile = unconfined","PV_VOLUME_IMPORTS":["db:/var/db:/mnt/db","db:sub@/var/db:/mnt/sub:ro"],"PV_FILEIMPORTS":"/a/b:etc/b","PV_IMPORT_CONFIGVOLUMES":"cfg:etc/cfg","PV_VOLUME_MOUNTS":"m.squashfs:opt/m","PV_ROLES":["mgmt"],"PV_RESTART_POLICY":"container","PV_DRIVERS_REQUIRED":["wifi"]}}',
		image: '{"Cmd":["/x"]}',
		conf: ["3660bf1beb024e10", "3660bf1beb024e10", "8005c2e49026cf02"],
		runValue: "4590d9b32ef51307",
		runText: "6b2f68ed5456d184",
	},
	{
		id: "v11-base-ovl",
		name: "ext",
		source: '{"base":"core","docker_ovl_digest":"r/ext@sha256:00"}',
		image: '{"Cmd":["/x"]}',
		conf: ["6c1bd5b8714f4336", "6c1bd5b8714f4336", "dc9951cb7cb4ca71"],
		runValue: "7f0662482eb1cf82",
		runText: "50b8f53cee5dc996",
	},
	{
		id: "v12-patch-ovl",
		name: "ext",
		source: '{"docker_ovl_digest":"r/ext@sha256:00"}',
		image: '{"Cmd":["/x"]}',
		conf: ["5bace5c92fe6340b", "5bace5c92fe6340b", "f5e9bddd63660485"],
		runValue: "dd8b8b034c3da9f4",
		runText: "092723dfcbbbbc99",
	},
	{
		id: "v13-dm",
		name: "web",
		source: '{"dm_enabled":{"root.squashfs":true},"persistence":{"lxc-overlay":"permanent@enc"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["f4d8295d741c42d8", "f4d8295d741c42d8", "90401aaa3dd8eedc"],
		runValue: "d7b18ea0804163cb",
		runText: "fcaa10b4d2c21b47",
	},
	{
		id: "v14-ovl-volume",
		name: "web",
		source: '{"persistence":{"ovl:/etc/app/":"permanent"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["4364fbf80af50f57", "56a04a25c2616f3f", "e81d5e4b78a589af"],
		runValue: "635c11ec533d1a58",
		runText: "ddc92205078b59ac",
	},
	{
		id: "v15-tty-number",
		name: "web",
		source: '{"args":{"LXC_TTY_MAX":12}}',
		image: '{"Cmd":["/x"]}',
		conf: ["2e337e0fbd26c185", "2e337e0fbd26c185", "89be11894f235e0e"],
		runValue: "6094f1817123345d",
		runText: "8e9e8f20edea95e2",
	},
	{
		id: "v16-remount",
		name: "web",
		source:
			'{"args":{"PV_REMOUNT":{"default":[{"path":"/x","options":"ro"}]},"PV_AUTOMODFW":"yes","PV_RUNLEVEL":"app"}}',
		image: '{"Cmd":["/x"]}',
		conf: ["f4d8295d741c42d8", "f4d8295d741c42d8", "90401aaa3dd8eedc"],
		runValue: "176dd4b464563a00",
		runText: "f82c38771d3db45c",
	},
];
