package io.winnow.bench;

import io.winnow.data.DecodedImages;
import io.winnow.data.Resize;
import io.winnow.data.ShapesDataset;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.files.AtomicFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.Guidance;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainFiles;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainReport;
import io.winnow.train.TrainSet;
import io.winnow.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory over the steps of a whole training run of a tiny U-Net: one line on stdout per report,
 * with the resident size and the number of native objects. Both should stay level once the first
 * steps are done. Its checkpoints lie in a temporary folder while it runs.
 */
public final class TrainMemoryBench {
  private static final int CLASSES = 10;
  private static final int IMAGES = 256;

  private TrainMemoryBench() {}

  public static void main(String[] args) throws IOException {
    Arguments arguments =
        new Arguments(
            args, Set.of("steps", "threads", "width", "batch", "device", "precision", "every"));
    Compute compute =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"),
                arguments.text("precision", "float32"),
                arguments.text("threads", "1")));
    compute.apply();
    UNet2d network =
        new UNet2d(UNet2dConfig.ddpmCifar10Shaped(arguments.number("width", 32), 16, CLASSES));
    network.initAsTorch(0);
    TrainConfig config =
        config(
            arguments.number("steps", 3000),
            arguments.number("batch", 4),
            arguments.number("every", 250));
    Path folder = Files.createTempDirectory("winnow-train-memory");
    try {
      run(network, config, compute, folder);
    } finally {
      AtomicFolder.delete(folder);
    }
  }

  private static void run(UNet2d network, TrainConfig config, Compute compute, Path folder) {
    try (Trainer trainer =
        new Trainer(
            network,
            Objective.eps(new NoiseSchedule(ScheduleConfig.paper())),
            TrainSet.of(
                DecodedImages.load(new ShapesDataset(IMAGES, 0), 0, Resize.AVERAGE, 1),
                IntStream.range(0, IMAGES).toArray(),
                new Guidance(CLASSES, 0.1)),
            config,
            ClassLossWeights.uniform(CLASSES),
            compute,
            RandomStreams.of(0),
            new TrainFiles(
                "model", folder.resolve("train-state"), folder.resolve("curve.jsonl")))) {
      trainer.run(new Printer(compute), () -> false);
    }
  }

  private static TrainConfig config(long steps, int batch, int every) {
    return new TrainConfig(
        null,
        steps,
        batch,
        null,
        1e-4,
        0,
        AdamConfig.DEFAULT,
        null,
        0.999,
        EmaRule.RAMP,
        1.0,
        null,
        null,
        true,
        null,
        TrainConfig.AnnealWeights.OFF,
        TrainConfig.WeightsAs.LOSS,
        new TrainConfig.CheckpointRule(null, 2 * every, null),
        every,
        null,
        null);
  }

  /** One JSON line per report. */
  private record Printer(Compute compute) implements TrainListener {
    @Override
    public void onReport(TrainReport report) {
      System.out.printf(
          Locale.ROOT,
          "{\"name\": \"train_memory\", \"step\": %d, \"rss_mb\": %.1f, \"native_objects\": %d,"
              + " \"device_peak_bytes\": %d}%n",
          report.position().step(),
          Line.residentMegabytes(),
          Pointer.totalCount(),
          compute.peakDeviceBytes());
    }
  }
}
