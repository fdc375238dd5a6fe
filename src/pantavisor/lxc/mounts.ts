import type { RenderContext } from "../run/index.js";
import type { TemplateArguments, Volume } from "../source/index.js";
import { type ConfigLine, flagLine, line } from "./config-line.js";

/**
 * Returns the mounts from the host, and then the container's volumes
 * (docs/formats/pvr.md#the-lines-and-their-order).
 */
export function mountLines({ name, args, rules, volumes }: RenderContext): ConfigLine[] {
	const resolver = resolverLine(args);
	const run = runLine(args);
	return [
		...flagLine(args, "PV_SECURITY_FULLDEV", bind("/dev/", "dev")),
		...flagLine(args, "PV_SECURITY_WITH_HOST", bind("/", "host")),
		...flagLine(args, "PV_SECURITY_WITH_HOSTPROC", bind("/proc/", "host/proc")),
		...flagLine(args, "PV_SECURITY_WITH_STORAGE", bind("/storage", "storage")),
		...(rules.tmpfsFirst ? [...run, ...resolver] : [...resolver, ...run]),
		...volumes.map((volume) => volumeLine(name, volume)),
	];
}

export function bind(source: string, target: string, options: string = "rw,create=dir"): string {
	return `lxc.mount.entry = ${source} ${target} none bind,${options} 0 0`;
}

function resolverLine(args: TemplateArguments): ConfigLine[] {
	if (args.has("PV_RESOLV_CONF_DISABLE")) return [];
	const path = args.scalar("PV_RESOLV_CONF_PATH");
	const text = bind("/etc/resolv.conf", path ?? "etc/resolv.conf", "rw,create=file");
	return [line(text, path === undefined ? "default" : "args.PV_RESOLV_CONF_PATH")];
}

function runLine(args: TemplateArguments): ConfigLine[] {
	if (args.has("PV_RUN_TMPFS_DISABLE")) return [];
	const path = args.scalar("PV_RUN_TMPFS_PATH");
	const text = `lxc.mount.entry = tmpfs ${path ?? "run"} tmpfs rw,nodev,relatime,create=dir,mode=755 0 0`;
	return [line(text, path === undefined ? "default" : "args.PV_RUN_TMPFS_PATH")];
}

function volumeLine(container: string, volume: Volume): ConfigLine {
	const origin = `${volume.origin}.${volume.key}`;
	const directory = `/volumes/${container}/${volume.name}`;
	if (!volume.overlay) return line(bind(directory, volume.target), origin);
	const layers = [
		`lowerdir=/volumes/${container}/root.squashfs/${volume.target}`,
		`upperdir=${directory}/upper`,
		`workdir=${directory}/work`,
		"create=dir",
	];
	return line(`lxc.mount.entry = ${directory} ${volume.target} overlay ${layers.join(",")} 0 0`, origin);
}
