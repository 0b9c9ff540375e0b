package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import io.winnow.config.OrNull;
import io.winnow.diffusion.SampleLosses;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.tensor.Tensors;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * Learns class weights from the proxy's losses alone: classes with a large loss gain weight, loss =
 * sum_c alpha_c (batch mean of the loss over c). No reference tells a class that is hard from one
 * that is merely noisy, which is what the margin of {@link Reweighting} is for.
 *
 * <p>Source: group_DRO, {@code loss.py}, without its greedy rule. Step 0 starts from equal shares.
 */
public final class GroupDroReweighting implements ClassReweighting {
  private final ReweightConfig config;
  private final List<String> classes;
  private final Groups groups;
  private final String identity;
  private final GroupDroUpdate rule;
  private final Points points;
  private final FiniteLosses losses = new FiniteLosses();
  private ExcessLoss collected;
  private @OrNull DeviceGroupDro there; // where the losses lie on a device, the mixture does, too
  private final List<Long> unread = new ArrayList<>(); // steps of the points that lie there
  private double[] alphaSum;
  private long counted;
  private long step;
  private int batch;

  /** What a checkpoint holds. */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  private record State(
      GroupDroUpdate.State rule,
      List<ClassWeights.Trajectory.Row> points,
      FiniteLosses.State losses,
      double[] alphaSum,
      long counted,
      long step) {}

  /**
   * Starts a run.
   *
   * @param classes names of the groups, [K]
   * @param groupCounts coreset samples of each group, [K]; 0 for a group that is left out
   */
  public GroupDroReweighting(ReweightConfig config, List<String> classes, long[] groupCounts) {
    this.config = config;
    this.classes = List.copyOf(classes);
    this.groups = new Groups(groupCounts);
    double[] adjustment = new double[groups.size()];
    Arrays.fill(adjustment, config.groupDro().adjustment());
    this.rule =
        new GroupDroUpdate(
            new GroupDroUpdate.Settings(
                config.groupDro().stepSize(),
                config.groupDro().normalizeLoss(),
                adjustment,
                false,
                1,
                0,
                0),
            Arrays.stream(groupCounts).filter(count -> count > 0).toArray());
    this.points = new Points(config.trajectoryEvery());
    this.collected = new ExcessLoss(groups.size(), Clip.NONE);
    this.alphaSum = new double[groups.size()];
    this.identity = "group DRO " + Sha256.of(Json.string(List.of(config, groupCounts)));
  }

  @Override
  public boolean watches() {
    return true;
  }

  @Override
  public void begin(WatchedRun run) {
    batch = run.batch();
  }

  @Override
  public void watch(TrainStep trainStep, SampleLosses watched) {
    Tensor perSample = watched.trained(); // [b]
    if (there == null && !perSample.is_cpu()) {
      learnOn(perSample.device());
    }
    if (there != null) {
      there.watch(groups.active(trainStep.groups()), perSample);
      return;
    }
    double[] loss = Tensors.doubles(perSample);
    for (int i = 0; i < loss.length; i++) {
      if (losses.accepts(loss[i])) {
        collected.add(groups.active(trainStep.groups()[i]), loss[i], 0);
      }
    }
  }

  /** Keeps the mixture on a device from now on. */
  void learnOn(Device device) {
    DeviceGroupDro.Read start =
        new DeviceGroupDro.Read(rule.state(), losses.state(), alphaSum, counted, List.of());
    there = new DeviceGroupDro(rule.settings(), rule.addedToLoss(), batch, start, device);
  }

  /** Brings the state to the host, where it lies on a device. */
  private void readDevice() {
    if (there == null) {
      return;
    }
    DeviceGroupDro.Read read = there.state();
    rule.restore(read.rule());
    losses.restore(read.losses());
    alphaSum = read.alphaSum();
    counted = read.counted();
    for (int i = 0; i < unread.size(); i++) {
      addPoint(unread.get(i), read.points().get(i));
    }
    unread.clear();
  }

  private void addPoint(long at, double[] mixture) {
    points.add(at, config.groupDro().stepSize(), Double.NaN, groups.weights(mixture));
  }

  @Override
  public void update() {
    if (there != null) {
      there.update(step >= warmup());
      step++;
      if (points.due(step)) {
        there.point();
        unread.add(step);
      }
      return;
    }
    double share = Math.min(1, (double) collected.count() / batch);
    if (step >= warmup() && share > 0) {
      double[] mean = collected.signals();
      long[] counts = collected.counts();
      for (int c = 0; c < mean.length; c++) {
        mean[c] = counts[c] == 0 ? 0 : mean[c];
      }
      rule.update(mean, counts, share);
      double[] alpha = rule.probabilities();
      Arrays.setAll(alphaSum, c -> alphaSum[c] + alpha[c]);
      counted++;
    }
    step++;
    addPoint(step, rule.probabilities());
    collected = new ExcessLoss(groups.size(), Clip.NONE);
  }

  private long warmup() {
    return config.warmupSteps() == null ? 0 : config.warmupSteps();
  }

  @Override
  public Tensor coefficients(int[] samples, Device device) {
    return there == null
        ? ClassReweighting.super.coefficients(samples, device)
        : there.coefficients(groups.active(samples));
  }

  @Override
  public double[] coefficients(int[] samples) {
    readDevice();
    return LossForm.GROUP.coefficients(
        rule.probabilities(), groups.frequency(), groups.active(samples));
  }

  /** Gives the largest and the smallest weight of a class at the epoch's end. */
  @Override
  public Map<String, Double> endEpoch(TrainListener listener) {
    readDevice();
    losses.endEpoch();
    if (there != null) {
      there.beginEpoch();
    }
    double[] alpha = rule.probabilities();
    double[] p = groups.frequency();
    Arrays.setAll(alpha, c -> alpha[c] / p[c]);
    Map<String, Double> notes = new LinkedHashMap<>();
    notes.put("smallestWeight", Arrays.stream(alpha).min().orElse(1));
    notes.put("largestWeight", Arrays.stream(alpha).max().orElse(1));
    return notes;
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public String state() {
    readDevice();
    return Json.string(
        new State(rule.state(), points.rows(), losses.state(), alphaSum, counted, step));
  }

  @Override
  public void restore(String state, long steps) {
    State kept = Json.parse(state, State.class);
    rule.restore(kept.rule());
    points.restore(kept.points());
    losses.restore(kept.losses());
    alphaSum = kept.alphaSum().clone();
    counted = kept.counted();
    step = kept.step();
    collected = new ExcessLoss(groups.size(), Clip.NONE);
    there = null;
    unread.clear();
  }

  @Override
  public ClassWeights result(Map<String, String> identities) {
    readDevice();
    double[] equal = new double[groups.size()];
    Arrays.fill(equal, 1.0 / equal.length);
    double[] mean = config.average().mean(alphaSum, equal, counted);
    Map<String, Object> settings = new TreeMap<>();
    settings.put("options", config);
    settings.put("learnt", counted > 0);
    settings.put("etaUsed", config.groupDro().stepSize());
    settings.put("steps", step);
    settings.put("warmupSteps", step - counted);
    settings.put("countedSteps", counted);
    settings.put("nonFiniteLosses", losses.broken());
    settings.put("identities", identities);
    return new ClassWeights(
        classes,
        groups.weights(mean),
        groups.overAll(mean),
        groups.overAll(groups.frequency()),
        settings,
        warnings());
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>(groups.warnings(classes));
    if (counted == 0) {
      warnings.add(
          "the run ended within its warm-up of "
              + step
              + " updates, so that no weights were learnt. Give the proxy more epochs, or lower"
              + " warmupSteps.");
    }
    if (losses.broken() > 0) {
      warnings.add(losses.broken() + " losses were not finite and were left out");
    }
    return warnings;
  }

  @Override
  public ClassWeights.Trajectory trajectory() {
    readDevice();
    return new ClassWeights.Trajectory(classes, points.rows());
  }
}
