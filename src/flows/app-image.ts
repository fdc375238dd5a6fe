import { type OpenedImage, openImages, parseImageInput, parseSourceWords } from "../container/index.js";
import type { Platform } from "../image/oci/index.js";
import type { AppEdit } from "./app-edit.js";

/**
 * Opens IMAGE for the first of the platforms that it has.
 * @param source pvr's words for where it is looked for: `remote,local`.
 */
export async function openImage(
	{ run }: AppEdit,
	text: string,
	source: string,
	platforms: readonly Platform[],
): Promise<OpenedImage> {
	const input = parseImageInput(text, parseSourceWords(source));
	const [opened] = await openImages(run, input, { platforms, take: "first" });
	return opened!;
}
