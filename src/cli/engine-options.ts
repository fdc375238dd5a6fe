import { type Command, Option } from "commander";
import { type Alignment, parseAlignment, SquashfsError, type Tier } from "../internal.js";
import { UsageError } from "./errors.js";
import { inGroup } from "./option-group.js";
import { sizeOption } from "./option-values.js";

/** How images are compressed, except for what --format-options says. */
export interface EngineFlags {
	readonly tier: Tier;
	readonly order: "similar" | "tree";
	readonly align?: Alignment;
	readonly jobs?: number;
	readonly memory?: number;
}

export function addEngineOptions(command: Command): Command {
	return inGroup(command, "Compression:", (group) =>
		group
			.addOption(
				new Option("--tier <tier>", "effort of the xz encoder")
					.choices(["fast", "balanced", "best"])
					.default("balanced")
					.env("PVPKG_TIER"),
			)
			.addOption(
				new Option("--order <order>", "which small files share a fragment block")
					.choices(["similar", "tree"])
					.default("similar"),
			)
			.addOption(
				new Option(
					"--align <bytes[,min]>",
					"begin the data of files at multiples, so that updates in blocks find what did not change: 4096 takes about 4 % more",
				)
					.argParser(readAlignment)
					.env("PVPKG_ALIGN"),
			)
			.addOption(
				new Option("--jobs <n>", "worker threads (default: the CPUs that the cgroup allows)")
					.argParser(parseCount)
					.env("PVPKG_JOBS"),
			)
			.addOption(
				new Option("--memory <size>", "most memory for compression, such as 200M").argParser(parseMemory),
			),
	);
}

function readAlignment(text: string): Alignment {
	try {
		return parseAlignment(text);
	} catch (cause) {
		if (!(cause instanceof SquashfsError)) throw cause;
		throw new UsageError(`--align: ${cause.message}`, { cause });
	}
}

function parseCount(text: string): number {
	if (/^\d{1,3}$/.test(text)) return Number(text);
	throw new UsageError(`--jobs: expected 0..999, got ${text}`);
}

/** A few bytes are a unit that was left out. */
function parseMemory(text: string): number {
	const size = sizeOption("--memory")(text);
	if (size >= LEAST_MEMORY) return size;
	throw new UsageError(`--memory: expected at least 1M, got ${text}`);
}

const LEAST_MEMORY = 1 << 20;
