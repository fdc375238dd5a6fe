import * as z from "zod/mini";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";
import { readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";

const PAGE_SIZE = 1000;
const MAX_PAGES = 100;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

const pageSchema = z.object({ tags: z.nullish(z.array(z.string())) });

/** All tags of a repository, in the server's order; pages are followed on the same origin only. */
export async function listTags(
	session: Session,
	subject: string,
	settings: Settings,
	signal?: AbortSignal,
): Promise<string[]> {
	const tags: string[] = [];
	let url: URL | undefined = await session.endpoint.url(`tags/list?n=${PAGE_SIZE}`);
	for (let page = 0; url !== undefined; page++) {
		if (page === MAX_PAGES) throw tagsError(subject, `more than ${MAX_PAGES} pages`);
		const current: URL = url;
		const { body, link } = await withRetries(settings, signal, async () => {
			const response = await session.send({ method: "GET", url: current, headers: {}, signal });
			if (response.status !== 200) throw await responseError(response, "list tags", subject, settings);
			return { body: await readBody(response, MAX_PAGE_BYTES, subject), link: response.header("link") };
		});
		tags.push(...parsePage(body, subject));
		url = nextPage(link, current, subject);
	}
	return tags;
}

function parsePage(body: Buffer, subject: string): string[] {
	try {
		return pageSchema.parse(JSON.parse(body.toString("utf8"))).tags ?? [];
	} catch (cause) {
		throw tagsError(subject, "the answer is not a list of tags", cause);
	}
}

/** Returns the address of the page after `current`, if there is one; it has to be on the same origin. */
function nextPage(headers: readonly string[], current: URL, subject: string): URL | undefined {
	const target = headers.map(nextLink).find((link) => link !== undefined);
	if (target === undefined) return undefined;
	if (!URL.canParse(target, current.href)) throw tagsError(subject, `the next page is at "${shown(target)}"`);
	const next = new URL(target, current);
	if (next.origin !== current.origin)
		throw tagsError(subject, `the next page is elsewhere, at ${next.origin}`);
	return next;
}

/** `</v2/app/tags/list?last=z>; rel="next", <…>; rel=last` → the target whose relation is `next`. */
function nextLink(header: string): string | undefined {
	for (let start = header.indexOf("<"); start >= 0; start = header.indexOf("<", start + 1)) {
		const end = header.indexOf(">", start);
		if (end < 0) return undefined;
		const comma = header.indexOf(",", end);
		const parameters = header.slice(end + 1, comma < 0 ? header.length : comma).split(";");
		if (parameters.some(isNextRelation)) return header.slice(start + 1, end);
		start = comma < 0 ? header.length : comma;
	}
	return undefined;
}

/** `rel="next"`, quoted or not, among other relations too. */
function isNextRelation(parameter: string): boolean {
	const [name = "", value = ""] = parameter.split("=", 2);
	if (name.trim().toLowerCase() !== "rel") return false;
	return value.replaceAll('"', "").trim().toLowerCase().split(" ").includes("next");
}

function tagsError(subject: string, reason: string, cause?: unknown): RegistryError {
	return new RegistryError("ERR_REGISTRY_RESPONSE", `${subject}: list tags: ${reason}`, { cause });
}
