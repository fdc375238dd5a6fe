import type { Command } from "commander";
import { type ArchLabel, type Platform, parsePlatformWord, platformLabel } from "../internal.js";
import { UsageError } from "./errors.js";

/** Several options add up to one list. */
export function addPlatformOption(command: Command, text: string): Command {
	const join = (list: string, before?: string): string => (before === undefined ? list : `${before},${list}`);
	return command.option("-p, --platform <list>", text, join);
}

/** Parses the platform of a command that takes one. */
export function parseOnePlatform(text: string): Platform {
	const [platform, ...others] = parsePlatforms(text);
	if (platform !== undefined && others.length === 0) return platform;
	throw new UsageError(`--platform ${text}: expected one platform`);
}

/**
 * Parses a comma list of `os/arch[/variant]`, of labels such as arm32v7, or of bare architectures of Linux.
 * Each label may come once.
 */
export function parsePlatforms(text: string): Platform[] {
	const listed = text
		.split(",")
		.map((word) => word.trim())
		.filter(Boolean);
	const words = [...new Set(listed)];
	if (words.length === 0)
		throw new UsageError("--platform: expected a list of os/arch[/variant], got nothing");
	const platforms = words.map(parsePlatformWord);
	const seen = new Map<ArchLabel, string>();
	for (const [i, platform] of platforms.entries()) {
		const label = platformLabel(platform);
		const earlier = seen.get(label);
		if (earlier !== undefined) {
			throw new UsageError(`--platform: ${earlier} and ${words[i]} both make ${label}, expected one of them`);
		}
		seen.set(label, words[i]!);
	}
	return platforms;
}
