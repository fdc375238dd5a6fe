import * as z from "zod/mini";
import { explainIssue } from "../../ground/json/index.js";
import { digestAlgorithm, digestBytes, isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import type { Descriptor } from "./nouns.js";
import { normalPlatform } from "./platform.js";

/** Largest embedded `data` that is used. Bytes, decoded. */
const MAX_EMBEDDED_SIZE = 256 * 1024;

const text = z.string();
/** In Go, null in a map of strings is `""`. */
const annotationSchema = z.pipe(
	z.nullable(text),
	z.transform((value) => value ?? ""),
);
const platformSchema = z.pipe(
	z.object({ os: text, architecture: text, variant: z.nullish(text) }),
	z.transform(({ os, architecture, variant }) => {
		// Go programs write an unknown platform as empty strings.
		if (os === "" || architecture === "") return undefined;
		return normalPlatform({ os, architecture, variant: variant ?? undefined });
	}),
);

/** Schema of a descriptor. Members that are null, as Go may write them, count as absent. */
export const descriptorSchema: z.ZodMiniType<Descriptor> = z.pipe(
	z.object({
		mediaType: text,
		digest: text.check(z.refine(isDigest, { error: "is not a sha256 or sha512 digest" })),
		size: z.int().check(z.minimum(0)),
		platform: z.nullish(platformSchema),
		annotations: z.nullish(z.record(text, annotationSchema)),
		artifactType: z.nullish(text),
		urls: z.nullish(z.array(text)),
		data: z.nullish(text),
	}),
	z.transform((descriptor) => {
		const present = Object.entries(descriptor).filter(([, value]) => value !== null && value !== undefined);
		return Object.fromEntries(present) as unknown as Descriptor;
	}),
);

/** Returns a descriptor from a parsed document. @throws OciError ERR_MANIFEST */
export function parseDescriptor(value: unknown, subject: string): Descriptor {
	const result = descriptorSchema.safeParse(value, { error: explainIssue });
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw new OciError(
		"ERR_MANIFEST",
		`${subject}: parse descriptor: ${issue!.path.join(".")}: ${issue!.message}`,
	);
}

/**
 * Returns the content that is embedded in a descriptor (docs/formats/images.md#content-inside-of-a-descriptor);
 * undefined if its size or digest is wrong, or there is none, so that the blob must be fetched.
 */
export function embeddedContent(descriptor: Descriptor): Uint8Array | undefined {
	const { data, size, digest } = descriptor;
	if (data === undefined || size > MAX_EMBEDDED_SIZE) return undefined;
	if (data.length > Math.ceil(size / 3) * 4) return undefined;
	const bytes = Buffer.from(data, "base64");
	const sound = bytes.length === size && digestBytes(bytes, digestAlgorithm(digest)) === digest;
	return sound ? bytes : undefined;
}
