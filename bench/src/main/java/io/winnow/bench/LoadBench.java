package io.winnow.bench;

import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.model.ModelFolder;
import java.nio.file.Path;
import java.util.Set;

/**
 * Reads the network of a checkpoint folder ({@code --folder}), once, in a process of its own: the
 * line has the largest resident size before and after, and the size of the weights in memory.
 */
public final class LoadBench {
  private LoadBench() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args, Set.of("folder", "threads"));
    int threads = arguments.number("threads", 1);
    Line.useThreads(threads);
    double before = Line.peakResidentMegabytes();
    Path folder = Path.of(arguments.text("folder", "."));
    DenoisingNetwork[] network = new DenoisingNetwork[1];
    double[] seconds = Line.timed(0, 1, () -> network[0] = ModelFolder.readNetwork(folder));
    long bytes = network[0].state().values().stream().mapToLong(tensor -> tensor.nbytes()).sum();
    double weights = bytes / (double) (1 << 20);
    new Line("load", threads, 0, seconds, 1)
        .text("dtype", "float32")
        .number("weights_mb", weights)
        .number("peak_rss_before_mb", before)
        .number("peak_over_weights", Line.peakResidentMegabytes() / weights)
        .print();
  }
}
