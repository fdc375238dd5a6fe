import * as z from "zod/mini";
import { explainIssue, parseJson, plainJson } from "../../ground/json/index.js";
import { formatReference, misspeltInSavedImages, parseReference } from "../oci/index.js";
import { SourceError } from "./errors.js";
import { type MemberSet, readDocument } from "./member-set.js";
import { listNames } from "./name-list.js";

/** One image of a `docker save` archive: a member of its `manifest.json`. */
export interface DockerImage {
	/** Path of the image configuration. */
	readonly config: string;
	/** Names with tags, as they were saved. */
	readonly tags: readonly string[];
	/** Paths of the layers, base first. */
	readonly layers: readonly string[];
}

const manifestSchema = z.array(
	z.object({
		Config: z.string(),
		RepoTags: z.nullish(z.array(z.string())),
		Layers: z.nullish(z.array(z.string())),
	}),
);

/**
 * Chooses an image of a docker-archive.
 * @param tag a name with or without registry and tag (`app`, `docker.io/library/app:latest`), or
 *   `@N`, the N-th image from 0 on, for images without names. Without it there has to be one.
 * @throws SourceError ERR_SOURCE_FORMAT, ERR_IMAGE_NOT_FOUND, ERR_IMAGE_AMBIGUOUS
 */
export async function chooseDockerImage(members: MemberSet, tag: string | undefined): Promise<DockerImage> {
	const images = await readImages(members);
	const fitting = tag === undefined ? images : images.filter((image, at) => isNamed(image, at, tag));
	const [first, ...others] = fitting;
	if (first === undefined) {
		const reason = tag === undefined ? "no image in it" : `no image named "${tag}", it has ${listed(images)}`;
		throw new SourceError("ERR_IMAGE_NOT_FOUND", `${members.name}: choose image: ${reason}`);
	}
	if (others.every((other) => isSameImage(first, other))) return first;
	const reason = `it has several images, name one after a colon: ${listed(images)}`;
	throw new SourceError("ERR_IMAGE_AMBIGUOUS", `${members.name}: choose image: ${reason}`);
}

/** One image may be saved under several names, each with an entry of its own. */
function isSameImage(one: DockerImage, other: DockerImage): boolean {
	return one.config === other.config && one.layers.join("\n") === other.layers.join("\n");
}

async function readImages(members: MemberSet): Promise<DockerImage[]> {
	const bytes = await readDocument(members, "manifest.json");
	if (bytes === undefined) throw formatError(members, "not a docker-archive: it has no manifest.json");
	const document = parseJson(bytes, `${members.name}: manifest.json`, { uniqueMembers: true });
	const misspelt = misspeltInSavedImages(document);
	if (misspelt !== undefined)
		throw formatError(
			members,
			`manifest.json: a member ${JSON.stringify(misspelt)}, which programs in Go take for another one`,
		);
	const result = manifestSchema.safeParse(plainJson(document), { error: explainIssue });
	if (!result.success) {
		const [issue] = result.error.issues;
		throw formatError(members, `manifest.json: ${issue!.path.join(".")}: ${issue!.message}`);
	}
	return result.data.map(({ Config, RepoTags, Layers }) => ({
		config: Config,
		tags: RepoTags ?? [],
		layers: Layers ?? [],
	}));
}

function isNamed({ tags }: DockerImage, at: number, tag: string): boolean {
	const wanted = canonicalName(tag);
	return tag === `@${at}` || tags.some((name) => name === tag || canonicalName(name) === wanted);
}

/** A name in full, so that `app` and `docker.io/library/app:latest` are one; else as it is. */
function canonicalName(name: string): string {
	try {
		const { registry, repository, tag, digest } = parseReference(name);
		return formatReference({ registry, repository, tag, digest, familiarName: `${registry}/${repository}` });
	} catch {
		return name;
	}
}

function listed(images: readonly DockerImage[]): string {
	return listNames(
		images.map(({ tags }, at) => (tags.length === 0 ? `@${at}` : tags.join(", "))),
		"; ",
	);
}

function formatError(members: MemberSet, reason: string): SourceError {
	return new SourceError("ERR_SOURCE_FORMAT", `${members.name}: read archive: ${reason}`);
}
