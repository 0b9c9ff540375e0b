package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import io.winnow.config.OrNull;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.SampleLosses;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Learns class weights while a proxy trains (algorithm of section III-C of the paper): at every
 * step a frozen reference sees the very inputs that the proxy sees (same x_t, t and dropped
 * labels), and classes on which the proxy lags behind gain weight.
 *
 * <p>Use it as the proxy trainer's {@link io.winnow.train.LossWeighting}; {@link #result} and
 * {@link #trajectory} are the outcome. The reference must be in evaluation mode. "Class" may be any
 * partition: only group ids are used.
 */
public final class Reweighting implements ClassReweighting {
  private final ReweightConfig config;
  private final List<String> classes;
  private final Groups groups;
  private final Denoiser reference;
  private final String identity;
  private final Mixture mixture;
  private final FiniteLosses losses = new FiniteLosses();
  private @OrNull DeviceMixture there; // where the losses lie on a device, the mixture does, too
  private Denoiser proxy;
  private TrainingObjective objective;
  private ExcessLoss excess;

  /** What a checkpoint holds. */
  private record State(Mixture.State mixture, FiniteLosses.State losses) {}

  /**
   * Starts a run.
   *
   * @param classes names of the groups, [K]
   * @param groupCounts coreset samples of each group, [K]; 0 for a group that is left out
   * @param reference a frozen network of the proxy's kind, in evaluation mode
   * @param referenceIdentity hash of the reference's weights, for the record
   */
  public Reweighting(
      ReweightConfig config,
      List<String> classes,
      long[] groupCounts,
      Denoiser reference,
      String referenceIdentity) {
    this.config = config;
    this.classes = List.copyOf(classes);
    this.groups = new Groups(groupCounts);
    this.reference = reference;
    this.mixture = new Mixture(config, groups);
    this.excess = mixture.startStep();
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("config", config);
    parts.put("counts", groupCounts);
    parts.put("reference", referenceIdentity);
    this.identity = "reweighting " + Sha256.of(Json.string(parts));
  }

  @Override
  public boolean watches() {
    return true;
  }

  @Override
  public void begin(WatchedRun run) {
    proxy = run.withoutDropout();
    objective = run.objective();
    mixture.begin(run.updates(), run.batch());
  }

  @Override
  public void watch(TrainStep step, SampleLosses watched) {
    Tensor compared = watched.compared();
    if (there != null || !compared.is_cpu()) {
      watchThere(step, compared);
      return;
    }
    try (Scope scope = Scope.open()) {
      watchHere(step, Tensors.doubles(proxyLoss(step, compared)));
    }
  }

  /** The losses that are compared, [b]. */
  private Tensor proxyLoss(TrainStep step, Tensor compared) {
    return config.proxyDropout() == ProxyDropout.OFF ? losses(proxy, step) : compared;
  }

  /** On a device of its own nothing is read. */
  private void watchThere(TrainStep step, Tensor compared) {
    try (Scope scope = Scope.open()) {
      if (there == null) {
        learnOn(compared.device());
      }
      int[] active = groups.active(step.groups());
      there.watch(active, proxyLoss(step, compared), losses(reference, step));
    }
  }

  /** Keeps the mixture on a device from now on. */
  void learnOn(Device device) {
    there =
        new DeviceMixture(
            config, groups, mixture.length(), mixture.state(), losses.state(), device);
  }

  private void watchHere(TrainStep step, double[] proxyLoss) {
    double[] referenceLoss = Tensors.doubles(losses(reference, step));
    for (int i = 0; i < proxyLoss.length; i++) {
      if (losses.accepts(proxyLoss[i] - referenceLoss[i])) {
        excess.add(groups.active(step.groups()[i]), proxyLoss[i], referenceLoss[i]);
      }
    }
  }

  /** Losses of a network on the inputs of a step, [b]. */
  private Tensor losses(Denoiser network, TrainStep step) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return scope.keep(objective.compared(network, step.passes()));
    }
  }

  @Override
  public void update() {
    if (there != null) {
      there.update();
      return;
    }
    mixture.update(excess);
    excess = mixture.startStep();
  }

  @Override
  public double[] coefficients(int[] batch) {
    readDevice();
    return config.loss().coefficients(mixture.alpha(), groups.frequency(), groups.active(batch));
  }

  @Override
  public Tensor coefficients(int[] batch, Device device) {
    return there == null
        ? ClassReweighting.super.coefficients(batch, device)
        : there.coefficients(groups.active(batch));
  }

  /** Brings the state to the host, where it lies on a device. */
  private void readDevice() {
    if (there != null) {
      DeviceState.Read read = there.state();
      mixture.restore(read.mixture());
      losses.restore(read.losses());
    }
  }

  /**
   * Gives the numbers to watch, means over the epoch's updates: {@code strength} = eta * spread /
   * smoothing is useful between 0.1 and 1.
   */
  @Override
  public Map<String, Double> endEpoch(TrainListener listener) {
    readDevice();
    losses.endEpoch();
    if (there != null) {
      there.beginEpoch();
    }
    return mixture.endEpoch();
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public String state() {
    readDevice();
    return Json.string(new State(mixture.state(), losses.state()));
  }

  @Override
  public void restore(String state, long step) {
    State kept = Json.parse(state, State.class);
    mixture.restore(kept.mixture());
    losses.restore(kept.losses());
    excess = mixture.startStep();
    there = null;
  }

  @Override
  public ClassWeights result(Map<String, String> identities) {
    readDevice();
    Verdict verdict = new Verdict(config, mixture);
    List<String> warnings = new ArrayList<>(groups.warnings(classes));
    warnings.addAll(verdict.warnings());
    if (losses.broken() > 0) {
      warnings.add(losses.broken() + " losses were not finite and were left out");
    }
    double[] mean = mixture.meanAlpha();
    return new ClassWeights(
        classes,
        groups.weights(mean),
        groups.overAll(mean),
        groups.overAll(groups.frequency()),
        settings(verdict.learnt(), identities),
        warnings);
  }

  private Map<String, Object> settings(boolean learnt, Map<String, String> identities) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("options", config);
    settings.put("learnt", learnt);
    settings.put("etaUsed", mixture.eta());
    settings.put("spread", mixture.spread());
    settings.put("standardError", mixture.standardError());
    settings.put("signalToNoise", mixture.signalToNoise());
    settings.put("strength", mixture.strength());
    settings.put("steps", mixture.step());
    settings.put("warmupSteps", mixture.step() - mixture.counted());
    settings.put("countedSteps", mixture.counted());
    settings.put("clippedShare", mixture.clipped().share());
    settings.put(
        "clippedShareByClass",
        DoubleStream.of(groups.overAll(mixture.clipped().shares())).boxed().toList());
    settings.put("nonFiniteLosses", losses.broken());
    settings.put("identities", identities);
    return settings;
  }

  @Override
  public ClassWeights.Trajectory trajectory() {
    readDevice();
    return new ClassWeights.Trajectory(classes, mixture.points());
  }
}
