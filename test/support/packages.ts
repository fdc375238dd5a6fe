import type { Content } from "../../src/ground/bytes/index.js";
import { isJsonObject, jsonObject, parseJson } from "../../src/ground/json/index.js";
import {
	bytesObject,
	createPart,
	mergePart,
	type Part,
	type StateObject,
} from "../../src/pantavisor/package/index.js";
import { dockerSource } from "../../src/pantavisor/source/index.js";
import { emptyState, type State } from "../../src/pantavisor/state/index.js";
import { noise } from "./sample-blocks.js";

let made = 0;

/** The superblock of an image of 8 KiB and noise after it: enough where nobody mounts it. Each is another one. */
export function fakeImage(size = 8192, used = 5000): StateObject {
	const bytes = Buffer.from(noise(size, ++made * 2));
	bytes.write("hsqs", 0, "latin1");
	bytes.writeUInt16LE(4, 28);
	bytes.writeUInt16LE(0, 30);
	bytes.writeBigUInt64LE(BigInt(used), 40);
	return bytesObject(bytes);
}

/** A container that runs /bin/serve. */
export function webPart(image: StateObject = fakeImage(), name = "web"): Part {
	const config = parseJson('{"Cmd":["/bin/serve"],"Entrypoint":null}', "config");
	if (!isJsonObject(config)) throw new Error("config");
	const source = dockerSource(
		{ familiarName: "reg/web", tag: "1", digest: `sha256:${"0".repeat(64)}`, config },
		{ args: jsonObject({ PV_GROUP: "app" }) },
	);
	return createPart({ name, source, images: new Map([["root.squashfs", image]]) });
}

export interface MadePackage {
	readonly state: State;
	readonly objects: Map<string, Content>;
}

/** A state of parts, and their objects. */
export function makePackage(...parts: readonly Part[]): MadePackage {
	const state = parts.reduce(mergePart, emptyState());
	const objects = new Map(
		parts.flatMap((part) => [...part.objects.values()].map((o) => [o.sha256, o] as const)),
	);
	return { state, objects };
}
