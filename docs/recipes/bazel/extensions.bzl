"""The repository of pvpkg.bzl for bzlmod (Bazel 6 and newer)."""

load(":pvpkg.bzl", "pvpkg_images")

def _pvpkg_impl(ctx):
    for module in ctx.modules:
        for tag in module.tags.images:
            pvpkg_images(name = tag.name, lock = tag.lock, insecure = tag.insecure)

pvpkg = module_extension(
    implementation = _pvpkg_impl,
    tag_classes = {
        "images": tag_class(attrs = {
            "name": attr.string(mandatory = True),
            "lock": attr.label(mandatory = True),
            "insecure": attr.string_list(),
        }),
    },
)
