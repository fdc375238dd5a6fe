import type { Command } from "commander";
import { addCommand } from "./add.js";
import { appCommand } from "./app.js";
import { buildCommand } from "./build.js";
import { cacheCommand } from "./cache.js";
import { checkoutCommand } from "./checkout.js";
import { commitCommand } from "./commit.js";
import { diffCommand } from "./diff.js";
import { dmApplyCommand, dmConvertCommand } from "./dm.js";
import { explainCommand } from "./explain.js";
import { exportCommand } from "./export.js";
import { importCommand } from "./import.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { installCommand } from "./install.js";
import { keygenCommand } from "./keygen.js";
import { mksquashfsCommand } from "./mksquashfs.js";
import { pullCommand } from "./pull.js";
import { renderCommand } from "./render.js";
import { sigCommand } from "./sig.js";
import { signCommand } from "./sign.js";
import { statusCommand } from "./status.js";
import { verifyCommand } from "./verify.js";

/** Every command of the program, by the heading it has in the help. */
export const COMMANDS: ReadonlyMap<string, readonly (() => Command)[]> = new Map([
	["From images to packages:", [exportCommand, installCommand, buildCommand, pullCommand, cacheCommand]],
	["Packages:", [verifyCommand, inspectCommand, signCommand, keygenCommand]],
	["Parts of the job:", [renderCommand, explainCommand, mksquashfsCommand]],
	[
		"pvr checkouts:",
		[
			initCommand,
			appCommand,
			addCommand,
			statusCommand,
			diffCommand,
			commitCommand,
			checkoutCommand,
			importCommand,
			sigCommand,
			dmConvertCommand,
			dmApplyCommand,
		],
	],
]);
