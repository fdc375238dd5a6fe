export type {
	Descriptor,
	Digest,
	FetchedManifest,
	Image,
	ImageConfig,
	ImageLayer,
	ImageSource,
	Index,
	Manifest,
	Platform,
	PlatformMatch,
	Reference,
} from "./nouns.js";
