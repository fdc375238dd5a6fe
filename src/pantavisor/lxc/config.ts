import { type RenderContext, type RenderInput, renderContext } from "../run/index.js";
import type { ImageSettings, TemplateArguments } from "../source/index.js";
import { PantavisorError } from "../state/index.js";
import { type ConfigLine, countLine, flagLine, line, listLines } from "./config-line.js";
import { identityLines } from "./identity.js";
import { importLines } from "./imports.js";
import { initCommand } from "./init-command.js";
import { mountLines } from "./mounts.js";
import { networkLines } from "./network.js";
import { encodeLxcValue } from "./value.js";

/**
 * Returns the text of `lxc.container.conf` (docs/formats/pvr.md#lxccontainerconf), or undefined for a container
 * that is only mounted, for which the file of an earlier rendering must be deleted.
 *
 * @throws PantavisorError when the input cannot be rendered.
 */
export function renderLxcConfig(input: RenderInput): string | undefined {
	const context = renderContext(input);
	if (!context.runnable) return undefined;
	const lines = lxcConfigLines(context);
	return `${lines.map((line) => line.text).join("\n")}\n`;
}

/** Returns all lines, in the order of docs/formats/pvr.md#the-lines-and-their-order. */
export function lxcConfigLines(context: RenderContext): ConfigLine[] {
	const { args, settings, rules } = context;
	const value = rules.bareValues ? (text: string): string => text : encodeLxcValue;
	return [
		countLine(args, "lxc.tty.max", "LXC_TTY_MAX", "8"),
		countLine(args, "lxc.pty.max", "LXC_PTY_MAX", "1024"),
		...flagLine(args, "PV_DEBUG_MODE", `lxc.log.file = /pv/logs/${context.name}.log`),
		...deviceLines(args),
		...listLines(args, "PVR_LXC_CGROUP_V1", (item) => `lxc.cgroup.${item}`),
		rootfsLine(context),
		{ text: `lxc.init.cmd =${initCommand(settings, context.rules)}`, origins: commandOrigins(settings) },
		...(settings.workingDir ? [line(`lxc.init.cwd = ${value(settings.workingDir)}`, "WorkingDir")] : []),
		...settings.env.map((entry) => line(`lxc.environment = ${value(entry)}`, `Env.${entry.split("=")[0]}`)),
		...listLines(args, "PV_LXC_EXTRA_ENV", (item) => `lxc.environment = ${value(item)}`),
		...identityLines(context),
		namespaceLine(args),
		...flagLine(args, "PV_LXC_DISABLE_CONSOLE", "lxc.console.path = none"),
		autoMountLine(args),
		...flagLine(args, "PV_DISABLE_AUTODEV", "lxc.autodev = 0"),
		...mountLines(context),
		...capabilityLines(args, "PV_LXC_CAP_DROP", "lxc.cap.drop"),
		...capabilityLines(args, "PV_LXC_CAP_KEEP", "lxc.cap.keep"),
		...networkLines(args),
		...extraLines(args),
		...importLines(context),
	];
}

function deviceLines(args: TemplateArguments): ConfigLine[] {
	const name = "PVR_LXC_CGROUP_DEVICES_WHITE";
	const allowed = listLines(args, name, (item) => `lxc.cgroup.devices.allow = ${item}`);
	if (allowed.length === 0) return [line("lxc.cgroup.devices.allow = a", "default")];
	return [line("lxc.cgroup.devices.deny = a", `args.${name}`), ...allowed];
}

function rootfsLine({ name, source }: RenderContext): ConfigLine {
	const overlay = source.dockerOvlDigest ? `/volumes/${name}/root.ovl.squashfs:` : "";
	const lower = `/volumes/${source.base || name}/root.squashfs:`;
	const origins = ["default", source.dockerOvlDigest && "docker_ovl_digest", source.base && "base"];
	const text = `lxc.rootfs.path = overlayfs:${overlay}${lower}/volumes/${name}/lxc-overlay/upper`;
	return line(text, ...origins.filter((origin) => !!origin).map(String));
}

function commandOrigins({ entrypoint, cmd }: ImageSettings): readonly string[] {
	const origins = [
		...(entrypoint === undefined ? [] : ["Entrypoint"]),
		...(cmd === undefined ? [] : ["Cmd"]),
	];
	return origins.length > 0 ? origins : ["default"];
}

function namespaceLine(args: TemplateArguments): ConfigLine {
	const keep = args.givenScalar("PV_LXC_NAMESPACE_KEEP");
	if (keep !== undefined) return line(`lxc.namespace.keep = ${keep}`, "args.PV_LXC_NAMESPACE_KEEP");
	const type = args.text("PV_LXC_NETWORK_TYPE");
	if (type === undefined || type === "host") return line("lxc.namespace.keep = user  net  ipc", "default");
	return line("lxc.namespace.keep = user  ipc", "args.PV_LXC_NETWORK_TYPE");
}

function autoMountLine(args: TemplateArguments): ConfigLine {
	const words = [
		["LXC_MOUNT_AUTO_PROC", "proc"],
		["LXC_MOUNT_AUTO_SYS", "sys:rw"],
		["LXC_MOUNT_AUTO_GROUP", "cgroup"],
	] as const;
	const given = words.filter(([name]) => args.scalar(name) !== undefined).map(([name]) => `args.${name}`);
	const value = words.map(([name, fallback]) => args.scalar(name) ?? fallback).join("  ");
	return line(`lxc.mount.auto = ${value}`, ...(given.length > 0 ? given : ["default"]));
}

/** Returns a line that names capabilities. liblxc accepts several on a line, but none with the kernel's prefix. */
function capabilityLines(args: TemplateArguments, name: string, key: string): ConfigLine[] {
	return listLines(args, name, (item) => {
		if (!/^cap_/i.test(item)) return `${key} = ${item.toLowerCase()}`;
		throw new PantavisorError(
			"ERR_ARGUMENT",
			`${name}: render: expected names such as net_admin, got ${item}`,
		);
	});
}

/** Returns the lines of the one argument that may contain line breaks. */
function extraLines(args: TemplateArguments): ConfigLine[] {
	const text = args.text("PV_LXC_EXTRA_CONF");
	return text === undefined ? [] : [line(text, "args.PV_LXC_EXTRA_CONF")];
}
