// What an update costs, with a limit, as a page for people and a document for programs.
import { writeFileSync } from "node:fs";
import { comparePackages } from "pvpkg";

const [old = "old/web.arm64v8.tgz", next = "new/web.arm64v8.tgz"] = process.argv.slice(2);
const comparison = await comparePackages({ old, new: next, budgets: ["ota=8M"] });
writeFileSync("update.html", comparison.toHtml());
writeFileSync("update.json", JSON.stringify(comparison));
console.log(`${comparison}`);
if (!comparison.ok) process.exitCode = 5;
