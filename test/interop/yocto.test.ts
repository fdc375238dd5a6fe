import { test } from "vitest";
import { have } from "../support/programs.js";
import { runYoctoScript } from "../support/yocto-script.js";

const wrappers = ["fakeroot", "pseudo"].filter(have);

test.runIf(have("jq") && wrappers.length > 0)(
	"the steps of Yocto's container-pvrexport class run with pvpkg as pvr (jq, and fakeroot or pseudo)",
	async () => {
		for (const wrapper of wrappers) await runYoctoScript(wrapper);
	},
);
