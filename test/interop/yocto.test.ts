import { describe } from "vitest";
import { needs } from "../support/needs.js";
import { runYoctoScript } from "../support/yocto-script.js";

describe("the steps of Yocto's container-pvrexport class run with pvpkg as pvr", () => {
	needs("jq", "fakeroot").test("in fakeroot", () => runYoctoScript("fakeroot"));
	needs("jq", "pseudo").test("in pseudo", () => runYoctoScript("pseudo"));
});
