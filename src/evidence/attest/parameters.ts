import { type Choices, type ContainerEvidence, type Evidence, publicPlace } from "../../container/index.js";
import { formatPlatform } from "../../image/oci/index.js";

/**
 * Arguments whose values are words of a short list, switches or names of capabilities. All others may contain
 * anything, even a password, so that only the digest of src.json covers them.
 */
const SHOWN_ARGUMENTS: readonly string[] = [
	"PV_GROUP",
	"PV_RUNLEVEL",
	"PV_RESTART_POLICY",
	"PV_STATUS_GOAL",
	"PV_SECURITY_FULLDEV",
	"PV_SECURITY_WITH_HOST",
	"PV_SECURITY_WITH_HOSTPROC",
	"PV_SECURITY_WITH_STORAGE",
];
/** Values that are shown. */
const PLAIN_VALUE = /^[A-Za-z0-9_-]{1,32}$/;
/** Options of mksquashfs that decide how an image is compressed. They are shown with their values. */
const SHOWN_OPTIONS =
	/^-(?:comp|b|noI|noD|noF|noX|no-fragments|Xbcj|Xdict-size|Xcompression-level|Xhc|Xalgorithm)$/;
const PLAIN_OPTION_VALUE = /^[a-z0-9,%.]{1,32}[KMG]?$/;

/**
 * Returns the choices of the user who requested a package. It lists members one by one, so that nothing else gets
 * in.
 */
export function externalParameters({
	platform,
	containers,
}: Pick<Evidence, "platform" | "containers">): object {
	return { platform: formatPlatform(platform), containers: containers.map(containerParameters) };
}

function containerParameters({ name, manifest, images }: ContainerEvidence): object {
	const inputs = images.flatMap(({ input }) => (input === undefined ? [] : [input]));
	const input = inputs.at(-1);
	const image = input?.kind === "image" ? formatName(input.name) : undefined;
	const rootfs = input?.kind === "rootfs" ? publicPlace(input.text) : undefined;
	return {
		...{ name, image, rootfs, base: manifest.base },
		arguments: shownArguments(manifest),
		formatOptions: shownOptions(manifest.formatOptions ?? ""),
	};
}

function formatName({
	familiarName,
	tag,
}: {
	readonly familiarName: string;
	readonly tag: string | undefined;
}) {
	return tag === undefined ? familiarName : `${familiarName}:${tag}`;
}

function shownArguments({ args }: ContainerEvidence["manifest"]): Record<string, string> {
	return Object.fromEntries(
		SHOWN_ARGUMENTS.flatMap((name) => {
			const value = args?.get(name);
			return typeof value === "string" && PLAIN_VALUE.test(value) ? [[name, value]] : [];
		}),
	);
}

/** Returns the shown options: `-comp zstd` of `-comp zstd -e secret/*`. */
function shownOptions(text: string): string {
	const words = text.split(/\s+/);
	const shown = words.flatMap((word, at) => {
		if (!SHOWN_OPTIONS.test(word)) return [];
		const value = words[at + 1] ?? "";
		return PLAIN_OPTION_VALUE.test(value) ? [word, value] : [word];
	});
	return shown.join(" ");
}

/** Returns the other parameters that decided the bytes. @param lock SHA-256 of the lock that was used. */
export function internalParameters(choices: Choices, lock: string | undefined): object {
	const { engine, time, maximumTime, tier, order, alignment, platformPolicy, stripQemu } = choices;
	const { allowArchMismatch, owner, compat, group } = choices;
	return {
		engine: `sha256:${engine}`,
		lock: lock === undefined ? undefined : `sha256:${lock}`,
		sourceDateEpoch: time,
		clampsTimes: maximumTime !== undefined,
		...{ tier, order, alignment, platformPolicy, allowArchMismatch, stripQemu, owner, compat },
		group: group !== undefined && PLAIN_VALUE.test(group) ? group : undefined,
	};
}
