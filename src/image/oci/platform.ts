import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { OciError } from "./errors.js";
import type { Platform } from "./nouns.js";

/** Other spellings of GOARCH names (uname, Debian), some of which imply a variant. */
const ALIASES: Readonly<Record<string, { architecture: string; variant?: string }>> = {
	x86_64: { architecture: "amd64" },
	"x86-64": { architecture: "amd64" },
	i386: { architecture: "386" },
	i686: { architecture: "386" },
	aarch64: { architecture: "arm64" },
	armhf: { architecture: "arm", variant: "v7" },
	armel: { architecture: "arm", variant: "v6" },
	mipsel: { architecture: "mipsle" },
	mips64el: { architecture: "mips64le" },
	ppc64el: { architecture: "ppc64le" },
};

/**
 * The variant that a platform without one means. For `linux/arm` it is v6: what the package
 * label arm32v6 promises, and what runs on every Raspberry Pi.
 */
const BASELINES: Readonly<Record<string, string>> = { arm: "v6", arm64: "v8", amd64: "v1" };

/**
 * `os/architecture[/variant]` → platform; other names of architectures become Go's, a number
 * as variant gets its `v`. No variant is invented.
 * @throws OciError ERR_PLATFORM
 */
export function parsePlatform(text: string): Platform {
	const parts = text.trim().split("/");
	if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^[\w.-]+$/.test(part))) {
		const shown = displayByteString(utf8ByteString(text.slice(0, 100)));
		throw new OciError("ERR_PLATFORM", `"${shown}": parse platform: expected os/architecture[/variant]`);
	}
	const [os, architecture, variant] = parts;
	return spellPlatform({ os: os!, architecture: architecture!, variant });
}

/** `linux/arm/v6` */
export function formatPlatform(platform: Platform): string {
	const { os, architecture, variant } = platform;
	return [os || "unknown", architecture || "unknown", ...(variant ? [variant] : [])].join("/");
}

/** Lower case, Go's names, `v` before a number; a variant only where one was given or implied. */
export function spellPlatform({ os, architecture, variant }: Platform): Platform {
	const lower = architecture.toLowerCase();
	const alias = Object.hasOwn(ALIASES, lower) ? ALIASES[lower]! : { architecture: lower };
	const given = variant?.toLowerCase().replace(/^(?=\d)/, "v") || alias.variant;
	const spelled = { os: os.toLowerCase(), architecture: alias.architecture };
	return given === undefined ? spelled : { ...spelled, variant: given };
}

/** The variant, or what its absence means (`""`: the architecture knows no levels). */
export function effectiveVariant(platform: Platform): string {
	return platform.variant ?? BASELINES[platform.architecture] ?? "";
}
