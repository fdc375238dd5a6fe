import { expect, test } from "vitest";
import { formatReference, OciError, parseReference } from "../../../src/image/oci/index.js";

const digest = `sha256:${"0f".repeat(32)}`;
const hub = "registry-1.docker.io";

test.each([
	["alpine", hub, "library/alpine", "latest", undefined, "alpine"],
	["alpine:3.18", hub, "library/alpine", "3.18", undefined, "alpine"],
	["docker.io/alpine", hub, "library/alpine", "latest", undefined, "docker.io/alpine"],
	["Docker.io/alpine", hub, "library/alpine", "latest", undefined, "Docker.io/alpine"],
	["index.docker.io/team/app:v1", hub, "team/app", "v1", undefined, "index.docker.io/team/app"],
	["registry-1.docker.io/alpine", hub, "library/alpine", "latest", undefined, "registry-1.docker.io/alpine"],
	["team/app", hub, "team/app", "latest", undefined, "team/app"],
	["reg:5000/team/app:v1", "reg:5000", "team/app", "v1", undefined, "reg:5000/team/app"],
	["reg:5000/team/app", "reg:5000", "team/app", "latest", undefined, "reg:5000/team/app"],
	["reg:5000/x:5000", "reg:5000", "x", "5000", undefined, "reg:5000/x"],
	["localhost/app", "localhost", "app", "latest", undefined, "localhost/app"],
	["localhost:5000/app", "localhost:5000", "app", "latest", undefined, "localhost:5000/app"],
	["[::1]:5000/app:1", "[::1]:5000", "app", "1", undefined, "[::1]:5000/app"],
	["[fe80::1]/a/b/c", "[fe80::1]", "a/b/c", "latest", undefined, "[fe80::1]/a/b/c"],
	["Reg.Example.com/app", "reg.example.com", "app", "latest", undefined, "Reg.Example.com/app"],
	[`alpine@${digest}`, hub, "library/alpine", undefined, digest, "alpine"],
	[`alpine:3@${digest}`, hub, "library/alpine", "3", digest, "alpine"],
	[`reg:5000/app:3@${digest}`, "reg:5000", "app", "3", digest, "reg:5000/app"],
	["a/b__c/d.e-f_g--h", hub, "a/b__c/d.e-f_g--h", "latest", undefined, "a/b__c/d.e-f_g--h"],
])("row 52: %s", (text, registry, repository, tag, wantDigest, familiarName) => {
	expect(parseReference(text)).toEqual({ registry, repository, tag, digest: wantDigest, familiarName });
});

test.each([
	["", "is not part of a repository name"],
	[":tag", "is not part of a repository name"],
	["Alpine", "lower-case"],
	["reg.example/Team/app", "lower-case"],
	["https://reg.example/app", "got an address"],
	["docker://alpine", "got an address"],
	["alpine:", "is not a tag"],
	["alpine:bad tag", "is not a tag"],
	[`alpine:${"a".repeat(129)}`, "is not a tag"],
	["alpine@sha256:123", "parse digest"],
	["alpine@latest", "parse digest"],
	["a//b", "is not part"],
	["/a", "is not part"],
	["a/", "is not part"],
	["a/../b", "is not part"],
	["reg:99999/app", "is not a host"],
	["reg:0/app", "is not a host"],
	["[::1/app", "is no"],
	["[::zz]/app", "is not a host"],
	["a".repeat(256), "too long"],
	["0f".repeat(32), "image id"],
	["a\u001b[2Jb", "\\x1b"],
])("%s is refused", (text, reason) => {
	expect(() => parseReference(text)).toThrow(OciError);
	expect(() => parseReference(text)).toThrow(reason);
});

test.each(["alpine:latest", "reg:5000/team/app:v1", `alpine:3@${digest}`, `alpine@${digest}`])(
	"%s is shown as typed",
	(text) => expect(formatReference(parseReference(text))).toBe(text),
);

test.each([
	"user:s3cret@reg.example/app:1",
	"user:s3c@ret@reg.example/app",
	"user:s3c/ret@reg.example/app",
	"https://user:s3cret@reg.example/app",
	"docker://user:s3cret@reg.example",
	"user:s3cret@reg.example",
	"user:s3cret@alpine",
	`user:s3cret@reg.example/app@${digest}`,
	`user:s3cret@reg.example/app@sha256:12`,
])("%s is refused without its password", (text) => {
	expect(() => parseReference(text)).toThrow(OciError);
	expect(() => parseReference(text)).not.toThrow(/s3c|ret/);
});
