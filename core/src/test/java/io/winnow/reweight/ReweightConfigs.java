package io.winnow.reweight;

/** Options of a reweighting, one changed at a time. */
public final class ReweightConfigs {
  public String eta = "1";
  public double kappa = 0.3;
  public double smoothing = 1e-3;
  public InitialMixture init = InitialMixture.FREQUENCY;
  public Clip clip = Clip.SAMPLE;
  public Absent absent = Absent.LAST;
  public Average average = Average.AFTER_UPDATE;
  public LossForm loss = LossForm.NORMALIZED;
  public Long warmupSteps = 0L;
  public ProxyDropout proxyDropout = ProxyDropout.ON;
  public int trajectoryEvery = 10;
  public ReweightConfig.GroupDro groupDro = new ReweightConfig.GroupDro(0.01, false, 0);

  public ReweightConfig doremi() {
    return make(Rule.DOREMI);
  }

  public ReweightConfig groupDro() {
    return make(Rule.GROUP_DRO);
  }

  public ReweightConfig inverseFrequency() {
    return make(Rule.INVERSE_FREQUENCY);
  }

  private ReweightConfig make(Rule rule) {
    return new ReweightConfig(
        rule,
        eta,
        kappa,
        smoothing,
        init,
        clip,
        absent,
        average,
        loss,
        warmupSteps,
        proxyDropout,
        trajectoryEvery,
        groupDro);
  }
}
