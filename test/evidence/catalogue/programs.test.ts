import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CATALOGUE_PROGRAMS } from "../../../src/evidence/catalogue/observer.js";

test("what is kept of a catalogue is of all rooms of this wing that catalogers read with", () => {
	const folder = "src/evidence/catalogue";
	const texts = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
	const rooms = texts.flatMap((text) => [...text.matchAll(/from "(\.\.\/[a-z0-9-]+\/index\.js)"/g)]);
	const imported = new Set(rooms.map(([, path]) => path!));
	expect([...CATALOGUE_PROGRAMS].sort()).toEqual(["./index.js", ...imported].sort());
});
