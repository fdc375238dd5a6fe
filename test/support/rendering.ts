import { type PlainJson, parseJson } from "../../src/ground/json/index.js";
import type { RenderInput } from "../../src/pantavisor/run/index.js";
import { type Compat, parseSourceManifest } from "../../src/pantavisor/source/index.js";

/** A container `web` of some settings. */
export function renderInput(
	image: Record<string, PlainJson>,
	source: Record<string, PlainJson> = {},
	compat?: Compat,
): RenderInput {
	const members = parseJson(JSON.stringify({ docker_config: image, ...source }), "test");
	return { name: "web", source: parseSourceManifest(members, "src.json"), compat };
}

/** The same with arguments. */
export function withArguments(args: Record<string, PlainJson>, compat?: Compat): RenderInput {
	return renderInput({ Cmd: ["/x"] }, { args }, compat);
}
