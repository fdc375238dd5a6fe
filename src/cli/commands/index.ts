import type { Command } from "commander";
import { addCommand } from "./add.js";
import { appCommand } from "./app.js";
import { buildCommand } from "./build.js";
import { cacheCommand } from "./cache.js";
import { checkoutCommand } from "./checkout.js";
import { ciCommand } from "./ci.js";
import { cloneCommand } from "./clone.js";
import { commitCommand } from "./commit.js";
import { completionCommand } from "./completion.js";
import { deployCommand } from "./deploy.js";
import { deviceCommand } from "./device.js";
import { diffCommand } from "./diff.js";
import { dmApplyCommand, dmConvertCommand } from "./dm.js";
import { explainCommand } from "./explain.js";
import { exportCommand } from "./export.js";
import { fetchCommand } from "./fetch.js";
import { getCommand, mergeCommand } from "./get.js";
import { importCommand } from "./import.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { installCommand } from "./install.js";
import { jsonCommand } from "./json.js";
import { keygenCommand } from "./keygen.js";
import { lockCommand } from "./lock.js";
import { mksquashfsCommand } from "./mksquashfs.js";
import { postCommand, putCommand, putObjectsCommand } from "./post.js";
import { pullCommand } from "./pull.js";
import { pushCommand } from "./push.js";
import { renderCommand } from "./render.js";
import { reproCommand } from "./repro.js";
import { sbomCommand } from "./sbom.js";
import { sigCommand } from "./sig.js";
import { signCommand } from "./sign.js";
import { statusCommand } from "./status.js";
import { verifyCommand } from "./verify.js";

/** Every command of the program by its name, by the heading it has in the help. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Command>>>> = {
	"From images to packages:": {
		export: exportCommand,
		install: installCommand,
		build: buildCommand,
		lock: lockCommand,
		fetch: fetchCommand,
		repro: reproCommand,
		pull: pullCommand,
		cache: cacheCommand,
	},
	"Packages:": {
		verify: verifyCommand,
		inspect: inspectCommand,
		sbom: sbomCommand,
		sign: signCommand,
		keygen: keygenCommand,
	},
	"Devices and repositories:": {
		push: pushCommand,
		device: deviceCommand,
		clone: cloneCommand,
		get: getCommand,
		merge: mergeCommand,
		put: putCommand,
		post: postCommand,
		putobjects: putObjectsCommand,
		deploy: deployCommand,
	},
	"Parts of the job:": {
		render: renderCommand,
		explain: explainCommand,
		mksquashfs: mksquashfsCommand,
		ci: ciCommand,
		completion: completionCommand,
	},
	"pvr checkouts:": {
		init: initCommand,
		app: appCommand,
		add: addCommand,
		status: statusCommand,
		json: jsonCommand,
		diff: diffCommand,
		commit: commitCommand,
		checkout: checkoutCommand,
		import: importCommand,
		sig: sigCommand,
		"dm-convert": dmConvertCommand,
		"dm-apply": dmApplyCommand,
	},
};
