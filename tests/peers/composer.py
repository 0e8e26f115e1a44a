"""Real Composer on a project as Bedrock lays it out, offline: plugins land in ``web/app/plugins``.

What puts them there is composer/installers, which no test can fetch. A package of that name and task in 30 lines stands
for it, from a ``path`` repository; it reads ``extra.installer-paths`` as Bedrock's composer.json has it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services import require

_INSTALLER = r"""<?php
namespace Stand\In;

use Composer\Composer;
use Composer\IO\IOInterface;
use Composer\Installer\LibraryInstaller;
use Composer\Package\PackageInterface;
use Composer\Plugin\PluginInterface;

class Plugin implements PluginInterface {
    public function activate(Composer $composer, IOInterface $io) {
        $composer->getInstallationManager()->addInstaller(new Installer($io, $composer));
    }
    public function deactivate(Composer $composer, IOInterface $io) {}
    public function uninstall(Composer $composer, IOInterface $io) {}
}

class Installer extends LibraryInstaller {
    public function supports($type) {
        return in_array($type, ['wordpress-plugin', 'wordpress-theme'], true);
    }
    public function getInstallPath(PackageInterface $package) {
        foreach ($this->composer->getPackage()->getExtra()['installer-paths'] as $path => $types) {
            if (in_array('type:' . $package->getType(), $types, true)) {
                return str_replace('{$name}', explode('/', $package->getPrettyName())[1], $path);
            }
        }
    }
}
"""
_PATHS = {"web/app/plugins/{$name}/": ["type:wordpress-plugin"], "web/app/themes/{$name}/": ["type:wordpress-theme"]}


class Project:
    """A project with its composer.json; ``repositories`` are searched in this order."""

    def __init__(self, folder: Path) -> None:
        self.program = require("composer", "composer")
        self.folder = folder / "site"
        self._home = folder / "home"
        installers = folder / "installers"
        installers.mkdir(parents=True)
        self.folder.mkdir()
        self._installers = {"type": "path", "url": str(installers), "options": {"symlink": False}}
        package = {
            "name": "composer/installers",
            "version": "2.3.0",
            "type": "composer-plugin",
            "require": {"composer-plugin-api": "^2.0"},
            "autoload": {"classmap": ["Plugin.php"]},
            "extra": {"class": "Stand\\In\\Plugin"},
        }
        (installers / "composer.json").write_text(json.dumps(package))
        (installers / "Plugin.php").write_text(_INSTALLER)

    def write(self, require: Mapping[str, str], repositories: Sequence[Mapping[str, Any]]) -> None:
        """The composer.json; what only a test needs (http, nothing but these) is added."""
        document = {
            "repositories": [*repositories, self._installers, {"packagist": False}],
            "require": {"composer/installers": "^2.2", **require},
            "config": {"secure-http": False, "allow-plugins": {"composer/installers": True}},
            "extra": {"installer-paths": _PATHS},
        }
        (self.folder / "composer.json").write_text(json.dumps(document, indent=2))

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Composer in the project."""
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "COMPOSER_HOME": str(self._home),
            "COMPOSER_ALLOW_SUPERUSER": "1",
            "COMPOSER_NO_INTERACTION": "1",
        }
        command = [self.program, *args, "--no-progress", "--no-ansi"]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def do(self, *args: str) -> str:
        """Composer, which must succeed; what it said."""
        done = self.run(*args)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def locked(self, package: str) -> str:
        """The version of a package in composer.lock."""
        lock = json.loads((self.folder / "composer.lock").read_text())
        return next(str(row["version"]) for row in lock["packages"] if row["name"] == package)
