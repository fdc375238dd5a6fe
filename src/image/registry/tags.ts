import * as z from "zod/mini";
import { RegistryError } from "./errors.js";
import { nextPage } from "./next-page.js";
import { type Advice, CHECK_USER, readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";

const PAGE_SIZE = 1000;
const MAX_PAGES = 100;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** A server may mean either by each status, as it hides what is private. */
const CHECK_NAME: Advice = { ...CHECK_USER, 404: "check the name" };

const pageSchema = z.object({ tags: z.nullish(z.array(z.string())) });

/** Returns all tags of a repository, in the server's order. Pages must be on the same origin. */
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
			if (response.status !== 200) {
				const failed = { action: "list tags", subject, advice: CHECK_NAME };
				throw await responseError(response, failed, settings);
			}
			return { body: await readBody(response, MAX_PAGE_BYTES, subject), link: response.header("link") };
		});
		tags.push(...parsePage(body, subject));
		url = nextPage(link, current, (reason) => tagsError(subject, reason));
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

function tagsError(subject: string, reason: string, cause?: unknown): RegistryError {
	return new RegistryError("ERR_REGISTRY_RESPONSE", `${subject}: list tags: ${reason}`, { cause });
}
