// Prints the package.json of the release: the program alone, with nothing to fetch or to build.
import { readFileSync } from "node:fs";

const {
	name,
	version,
	description,
	license,
	type,
	engines,
	bin,
	man,
	keywords,
	files: all,
} = JSON.parse(readFileSync(process.argv[2], "utf8"));
const files = all.filter((path) => !path.includes("dist/src"));
const manifest = { name, version, description, license, type, engines, bin, man, files, keywords };
console.log(JSON.stringify(manifest, null, "\t"));
