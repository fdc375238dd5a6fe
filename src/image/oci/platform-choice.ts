import type { Platform, PlatformMatch } from "./nouns.js";
import { effectiveVariant, normalPlatform } from "./platform.js";

/** `exact` excludes lower variants. */
export type PlatformPolicy = "compatible" | "exact";

export interface PlatformChoice<T> {
	readonly chosen: T;
	readonly match: Exclude<PlatformMatch, "single">;
}

/** Highest rank that counts as the requested platform; higher ranks are substitutes. */
const LAST_EXACT_RANK = 1;
/** Rank of an offer that does not state its variant: after all that do. */
const UNSTATED_VARIANT_RANK = 1_000_000;

/**
 * Returns the offer that fits a platform best: the platform itself, else the nearest lower variant. Never a higher
 * variant, another architecture or another system. The first of equal offers counts.
 */
export function choosePlatform<T extends { readonly platform: Platform }>(
	requested: Platform,
	offers: readonly T[],
	policy: PlatformPolicy,
): PlatformChoice<T> | undefined {
	let best: { chosen: T; rank: number } | undefined;
	for (const chosen of offers) {
		const rank = platformRank(requested, chosen.platform);
		if (rank !== undefined && rank < (best?.rank ?? Number.POSITIVE_INFINITY)) best = { chosen, rank };
	}
	if (best === undefined) return undefined;
	const match = best.rank <= LAST_EXACT_RANK ? "exact" : "fallback";
	return policy === "exact" && match !== "exact" ? undefined : { chosen: best.chosen, match };
}

/**
 * Returns how far an offer is from the request: 0 for equal strings, 1 for the same machine; undefined if it does
 * not fit.
 */
function platformRank(request: Platform, offer: Platform): number | undefined {
	const [wanted, offered] = [normalPlatform(request), normalPlatform(offer)];
	if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return undefined;
	if (wanted.variant === offered.variant) return 0;
	const [want, have] = [effectiveVariant(wanted), effectiveVariant(offered)];
	// A linux/arm image without a variant may contain v5, v6 or v7 code: it is a substitute from v6 up.
	const unstated = offered.variant === undefined && (wanted.architecture === "arm" || have === "");
	if (want === have) return unstated ? UNSTATED_VARIANT_RANK : LAST_EXACT_RANK;
	if (have === "") return UNSTATED_VARIANT_RANK;
	const gap = variantLevel(want) - variantLevel(have);
	if (!(gap > 0)) return undefined;
	return unstated ? UNSTATED_VARIANT_RANK : LAST_EXACT_RANK + gap;
}

/** Architectures whose programs another one runs if the kernel supports 32-bit programs. */
const COMPATIBLE: Readonly<Record<string, { readonly architecture: string; readonly level: number }>> = {
	arm64: { architecture: "arm", level: 8000 },
	amd64: { architecture: "386", level: Number.POSITIVE_INFINITY },
};

/**
 * Returns how a device runs programs for the platform of an image: `native`; `compat` if its kernel needs support
 * for 32-bit programs; undefined if it cannot.
 */
export function runsOn(device: Platform, image: Platform): "native" | "compat" | undefined {
	const [has, needs] = [normalPlatform(device), normalPlatform(image)];
	if (has.os !== needs.os) return undefined;
	const [most, least] = [effectiveVariant(has), effectiveVariant(needs)];
	if (has.architecture === needs.architecture) {
		return most === least || variantLevel(least) <= variantLevel(most) ? "native" : undefined;
	}
	const compatible = Object.hasOwn(COMPATIBLE, has.architecture) ? COMPATIBLE[has.architecture] : undefined;
	if (compatible?.architecture !== needs.architecture) return undefined;
	return least === "" || variantLevel(least) <= compatible.level ? "compat" : undefined;
}

/** Returns the level of a variant: `v7` → 7000, `v8.1` → 8001; NaN for a variant that is not a level. */
export function variantLevel(variant: string): number {
	const level = /^v(\d{1,3})(?:\.(\d{1,3}))?$/.exec(variant);
	return level === null ? Number.NaN : Number(level[1]) * 1000 + Number(level[2] ?? 0);
}
