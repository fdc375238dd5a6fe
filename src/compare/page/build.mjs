// Bundles the script of the report's page into one classic script, page.js, and puts it with page.css
// beside the compiled modules of compare/report, which read both. `tsc -p` checks the types before.
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../../dist/src/compare/report");

const build = await rolldown({
	input: join(here, "main.ts"),
	platform: "browser",
	resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
});
await build.write({ file: join(out, "page.js"), format: "iife", minify: true });
await build.close();
copyFileSync(join(here, "page.css"), join(out, "page.css"));
