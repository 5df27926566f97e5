#include "cli/az/az_home.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/digests/digest.h"
#include "base/encode.h"

namespace quaymaster::cli {
namespace {

/// Python runs a module of this name at every start. It waits until az's own version table is imported and corrects the
/// one entry, only where that version is not installed; for other Python programs the cost is one failed comparison per
/// import. A system sitecustomize after ours on the path is run as well.
constexpr std::string_view kSitecustomize = R"py(# Written by quaymaster; changes here are overwritten.
import importlib.machinery
import os
import sys

def newest_installed(wanted):
    """The newest version of azure-mgmt-compute up to `wanted` that is installed here."""
    import azure.mgmt
    spec = importlib.machinery.PathFinder.find_spec("azure.mgmt.compute", azure.mgmt.__path__)
    folders = [] if spec is None else os.listdir(os.path.dirname(spec.origin))
    versions = sorted(name[1:].replace("_", "-") for name in folders
                      if name.startswith("v20") and not name.endswith("preview")
                      # Some of these folders have only disks, galleries or images.
                      and os.path.exists(os.path.join(os.path.dirname(spec.origin), name, "operations",
                                                      "_virtual_machines_operations.py")))
    if wanted in versions:
        return wanted
    lower = [version for version in versions if version < wanted]
    return lower[-1] if lower else wanted


def correct_versions(table):
    compute = table.AZURE_API_PROFILES["latest"][table.ResourceType.MGMT_COMPUTE]
    wanted = compute.default_api_version
    installed = newest_installed(wanted)
    for group, version in compute.profile.items():
        if version == wanted:
            compute.profile[group] = installed


def correct_roles(module):
    """az reads `config`, which newer libraries hide, and expects a directory (Microsoft Graph), which a cloud need not
    have: it continues without the names of principals when the server reports none."""
    client_of, graph_of = module._auth_client_factory, module._graph_client_factory

    def client(cli_ctx, scope=None):
        made = client_of(cli_ctx, scope)
        for operations in (type(made.role_assignments), type(made.role_definitions)):
            if not hasattr(operations, "config"):
                operations.config = property(lambda self: self._config)
        return made

    def graph(cli_ctx, **more):
        endpoints = cli_ctx.cloud.endpoints
        if not endpoints.has_endpoint_set("microsoft_graph_resource_id"):
            endpoints.microsoft_graph_resource_id = endpoints.resource_manager
        return graph_of(cli_ctx, **more)

    module._auth_client_factory, module._graph_client_factory = client, graph


def correct_names(module):
    """az derives an account's address from its name. Names under localhost are this machine (RFC 6761), but not every
    resolver knows that: Debian's only with libnss-myhostname. The server's certificate covers the Blob names."""
    resolve = module.getaddrinfo

    def getaddrinfo(host, *more, **named):
        try:
            return resolve(host, *more, **named)
        except module.gaierror:
            if not (isinstance(host, str) and host.lower().rstrip(".").endswith(".blob.localhost")):
                raise
            return resolve("localhost", *more, **named)

    module.getaddrinfo = getaddrinfo


def correct_storage(module):
    """Without this, az tries for a minute to reach services that do not exist, and ends with a certificate error or a
    traceback."""
    def refusing(client_of):
        def client(cli_ctx, kwargs):
            if cli_ctx.cloud.name != "Quaymaster":
                return client_of(cli_ctx, kwargs)
            from knack.util import CLIError
            raise CLIError("This server offers only blobs: `az storage container` and `az storage blob`. File shares are "
                           "directories of the server, listed by `az storage share-rm`; there are no queues, tables or "
                           "file systems.")
        return client

    for name in ("cf_share_service", "cf_share_file_client", "cf_queue_service", "cf_table_service", "cf_adls_service",
                 "file_data_service_factory", "queue_data_service_factory", "table_data_service_factory"):
        if hasattr(module, name):
            setattr(module, name, refusing(getattr(module, name)))


CORRECTIONS = {
    "socket": correct_names,
    "azure.cli.core.profiles._shared": correct_versions,
    "azure.cli.command_modules.role._client_factory": correct_roles,
    "azure.cli.command_modules.storage._client_factory": correct_storage,
}


class Correcting:
    """Runs `correct` after the real loader has loaded the module."""

    def __init__(self, loader, correct):
        self.loader = loader
        self.correct = correct

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        try:
            self.correct(module)
        except Exception as error:  # another version of az: runs uncorrected
            print("quaymaster: az's %s is not as expected: %r" % (module.__name__, error), file=sys.stderr)

    def __getattr__(self, name):
        return getattr(self.loader, name)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in CORRECTIONS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = Correcting(spec.loader, CORRECTIONS[name])
        return spec


sys.meta_path.insert(0, Finder)

# Earlier entries were tried already, and one of them may belong to another server.
folders = [os.path.abspath(folder) for folder in sys.path]
here = os.path.dirname(os.path.abspath(__file__))
following = importlib.machinery.PathFinder.find_spec(
    "sitecustomize", [folder for folder in folders[folders.index(here) + 1:] if folder != here])
if following is not None and following.loader is not None:
    import importlib.util
    following.loader.exec_module(importlib.util.module_from_spec(following))
)py";

Result<> private_directory(Disk& disk, const Path& path) {
  TRY(disk.make_directories(path));
  if (::chmod(path.c_str(), 0700) != 0) {
    return system_error(errno, fmt::format("chmod {}", path.native()));
  }
  return ok();
}

}  // namespace

Result<Path> az_directory(const Environment& environment, const Connection& connection) {
  const auto variable = [&](const char* name) {
    const char* const value = environment(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  Path state(variable("XDG_STATE_HOME"));
  if (!state.is_absolute()) {  // the XDG Base Directory Specification says to ignore it
    if (variable("HOME").empty()) {
      return invalid("neither HOME nor XDG_STATE_HOME is set; name a directory with --config");
    }
    state = Path(variable("HOME")) / ".local/state";
  }
  const auto digest = sha256(as_bytes(connection.authority));
  return state / "quaymaster/az" / fmt::format("{}-{}", connection.tenant, hex_lower(Bytes(digest).first(4)));
}

Path az_python(const Path& directory) {
  return directory / "python";
}

Result<> make_az_directory(Disk& disk, const Path& directory) {
  TRY(private_directory(disk, directory));
  TRY(private_directory(disk, az_python(directory)));
  const auto path = az_python(directory) / "sitecustomize.py";
  const auto is = read_file(disk, path, kMiB);
  if (is && as_text(is.value()) == kSitecustomize) {
    return ok();
  }
  return replace_file(disk, path, as_bytes(kSitecustomize));
}

}  // namespace quaymaster::cli
