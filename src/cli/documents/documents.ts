import type { ReportDocument } from "../../internal.js";
import type * as checkouts from "./checkouts.js";
import type * as devices from "./devices.js";
import type * as images from "./images.js";
import type * as packages from "./packages.js";
import type * as projects from "./projects.js";
import type * as registries from "./registries.js";
import type { WrittenFiles } from "./vocabulary.js";

/**
 * What every command prints with `--json`, by the words of the command. The JSON Schemas in `docs/schemas/` are made
 * of these types and their comments; `Terminal` adds `spec`, `ok`, `error` and `warnings`.
 */
export interface Documents {
	readonly export: images.ExportedPackages | images.ExportedCheckout | images.ImagePlan;
	readonly install: projects.InstalledSources;
	readonly build: projects.BuiltReleases;
	readonly lock: projects.LockedImages | projects.LockDifferences;
	readonly fetch: projects.FetchedImages | projects.LockedAddresses;
	readonly repro: projects.ReproducedPackages | projects.ReproducedProvenance | projects.ComparedPackages;
	readonly pull: images.ImagePlan;
	readonly "image inspect": registries.DescribedImage;
	readonly "image tags": registries.ListedTags;
	readonly login: registries.KeptLogin;
	readonly logout: registries.ForgottenLogin;
	readonly "cache ls": registries.StoredBlobs;
	readonly "cache verify": registries.CheckedCache;
	readonly "cache prune": registries.PrunedBlobs;
	readonly verify: packages.VerifiedPackage | packages.VerifiedPackages;
	readonly inspect: packages.PackageListing | packages.PackageState | ReportDocument;
	readonly sbom: packages.SbomDocument | packages.SbomFile | packages.ContentsTable;
	readonly "sbom diff": packages.ComparedContents;
	readonly attest: packages.EmittedPayload | packages.SignedStatement;
	readonly sign: packages.SignedPackage | packages.SignedPackages | packages.EmittedPayload;
	readonly keygen: WrittenFiles;
	readonly push: devices.PushedRevision;
	readonly "device state": devices.DeviceState;
	readonly "device status": devices.DeviceRevision;
	readonly "device logs": devices.DeviceLogs;
	readonly "device containers": devices.DeviceContainers;
	readonly "device run": devices.DeviceRevision;
	readonly clone: devices.ClonedRepository;
	readonly get: devices.RepositoryKeys;
	readonly merge: devices.RepositoryKeys;
	readonly put: devices.RepositoryKeys;
	readonly post: devices.PostedRevision;
	readonly putobjects: devices.SentObjects;
	readonly deploy: devices.DeployedRevision;
	readonly render: checkouts.RenderedContainer | checkouts.RenderedFiles;
	readonly explain: checkouts.ExplainedContainer;
	readonly mksquashfs: checkouts.MadeSquashfs;
	readonly schema: checkouts.PrintedSchema | checkouts.ListedNames;
	readonly "ci init": WrittenFiles;
	readonly completion: checkouts.CompletionScript;
	readonly init: checkouts.MadeDirectory;
	readonly "app add": checkouts.MadeContainer;
	readonly "app update": checkouts.MadeContainer;
	readonly "app install": checkouts.MadeContainer;
	readonly "app ls": checkouts.ListedNames;
	readonly "app info": checkouts.ShownContainer;
	readonly "app rm": checkouts.RemovedContainer;
	readonly add: checkouts.AddedKeys;
	readonly status: checkouts.CheckoutChanges;
	readonly json: checkouts.WorkingState;
	readonly diff: ReportDocument | checkouts.WorkingPatch;
	readonly commit: checkouts.CommittedChanges;
	readonly checkout: checkouts.RestoredFiles | checkouts.UnpackedPackage;
	readonly import: checkouts.ImportedPackage;
	readonly "sig add": checkouts.SignedKey;
	readonly "sig update": checkouts.SignedKeys;
	readonly "sig ls": checkouts.SignatureListing;
	readonly "dm-convert": checkouts.ProtectedVolumes;
	readonly "dm-apply": checkouts.ProtectedVolumes;
}

/** The words of a command that prints a document. */
export type CommandWords = keyof Documents;

/** What a command hands to the terminal: its members, and `ok` where it can be false without an error of its own. */
export type DocumentOf<Words extends CommandWords> = Documents[Words] & { readonly ok?: boolean };

export type { MadeSquashfs } from "./checkouts.js";
export type { PushedRevision, PushSteps } from "./devices.js";
export type { LockFile, ProjectFile } from "./files.js";
export type { ImagePlan } from "./images.js";
export type { VerifiedPackage } from "./packages.js";
export type { PackageDifference } from "./projects.js";
