package io.winnow.cli;

import io.winnow.pipeline.Versions;
import picocli.CommandLine.IVersionProvider;

/** The versions that decide a result's bytes. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "winnow " + Versions.winnow(), "Java " + Runtime.version() + ", LibTorch " + Versions.engine()
    };
  }
}
