import { expect, test } from "vitest";
import { parseReference } from "../../../src/image/oci/index.js";
import { type IdentityRule, isIdentityAccepted } from "../../../src/image/trust/identity.js";

const DIGEST = `sha256:${"0".repeat(64)}`;

test.each<[IdentityRule, string, string, boolean]>([
	[{ type: "matchExact" }, "reg.example/a:1", "reg.example/a:1", true],
	[{ type: "matchExact" }, "reg.example/a:1", "reg.example/a:2", false],
	[{ type: "matchExact" }, "reg.example/a:1", "reg.example/a", false],
	[{ type: "matchExact" }, `reg.example/a@${DIGEST}`, "reg.example/a:1", false],
	[{ type: "matchRepoDigestOrExact" }, "reg.example/a:1", "reg.example/a:1", true],
	[{ type: "matchRepoDigestOrExact" }, `reg.example/a@${DIGEST}`, "reg.example/a:1", true],
	[{ type: "matchRepoDigestOrExact" }, `reg.example/a@${DIGEST}`, "reg.example/a", false],
	// The tag counts where a lock put a digest beside it.
	[{ type: "matchRepoDigestOrExact" }, `reg.example/a:1@${DIGEST}`, "reg.example/a:2", false],
	[{ type: "matchRepository" }, "reg.example/a:1", "reg.example/a", true],
	[{ type: "matchRepository" }, "reg.example/a:1", "reg.example/b", false],
	[{ type: "matchRepository" }, "alpine:3", "index.docker.io/library/alpine", true],
	[{ type: "matchRepository" }, "reg.example/a:1", "not a name", false],
	[{ type: "exactReference", name: "reg.example/a:1" }, "mirror.example/x:9", "reg.example/a:1", true],
	[{ type: "exactReference", name: "reg.example/a" }, "mirror.example/x:9", "reg.example/a", false],
	[{ type: "exactRepository", name: "reg.example/a" }, "mirror.example/x:9", "reg.example/a", true],
	[
		{ type: "remapIdentity", prefix: "mirror.example", signedPrefix: "reg.example/x" },
		"mirror.example/a:1",
		"reg.example/x/a:1",
		true,
	],
	[
		{ type: "remapIdentity", prefix: "mirror.example/b", signedPrefix: "reg.example" },
		"mirror.example/a:1",
		"mirror.example/a:1",
		true,
	],
	[
		{ type: "remapIdentity", prefix: "mirror.example", signedPrefix: "reg.example" },
		"mirror.example/a:1",
		"mirror.example/a:1",
		false,
	],
])("%j takes for %s what is signed as %s: %s", (rule, image, signed, expected) => {
	expect(isIdentityAccepted(rule, parseReference(image), signed)).toBe(expected);
});
