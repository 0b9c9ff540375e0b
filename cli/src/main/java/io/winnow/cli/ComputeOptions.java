package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import picocli.CommandLine.Option;

/** Where networks compute: the options of every command that runs one without a recipe. */
final class ComputeOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).")
  String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "physical",
      description =
          "Threads of the CPU, for networks and for images (default: one per physical core).")
  String threads;

  private @OrNull Compute compute;

  /** The device, made ready when it is first asked for. */
  Compute compute(String precision) {
    if (compute == null) {
      compute = Compute.of(new ComputeConfig(device, precision, threads));
      compute.apply();
    }
    return compute;
  }
}
