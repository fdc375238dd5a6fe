import type { Command } from "commander";
import { buildCommand } from "./build.js";
import { cacheCommand } from "./cache.js";
import { explainCommand } from "./explain.js";
import { exportCommand } from "./export.js";
import { inspectCommand } from "./inspect.js";
import { installCommand } from "./install.js";
import { keygenCommand } from "./keygen.js";
import { mksquashfsCommand } from "./mksquashfs.js";
import { pullCommand } from "./pull.js";
import { renderCommand } from "./render.js";
import { signCommand } from "./sign.js";
import { verifyCommand } from "./verify.js";

/** Every command of the program, in the order of its help. */
export const COMMANDS: readonly (() => Command)[] = [
	exportCommand,
	installCommand,
	buildCommand,
	renderCommand,
	explainCommand,
	signCommand,
	verifyCommand,
	inspectCommand,
	keygenCommand,
	mksquashfsCommand,
	pullCommand,
	cacheCommand,
];
