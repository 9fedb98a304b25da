using System.Threading.Channels;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Carries changes of settings and catalog into the ledger, until they are in force.</summary>
internal sealed class LedgerTuner(CurrentSettings settings, CurrentCatalog catalog, LedgerTuning tuning, PoolWatch watch, LedgerHome home) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        settings.Changed += OnSettings;
        catalog.Changed += OnCatalog;
        watch.LedgerCameBack += tuning.Doubt;
        tuning.Doubted += OnDoubt;
        _changes.Writer.TryWrite(true);
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        settings.Changed -= OnSettings;
        catalog.Changed -= OnCatalog;
        watch.LedgerCameBack -= tuning.Doubt;
        tuning.Doubted -= OnDoubt;
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _changes.Reader.WaitToReadAsync(stoppingToken))
        {
            _changes.Reader.TryRead(out _);
            var done = false;
            while (!done)
            {
                await watch.TryAsync(async cancellationToken => done = await tuning.ApplyAsync(cancellationToken), stoppingToken);
                if (!done)
                    await Task.Delay(Retry, home.Time, stoppingToken);
            }
        }
    }

    private void OnDoubt() => _changes.Writer.TryWrite(true);

    private void OnSettings(SettingsSnapshot _) => _changes.Writer.TryWrite(true);

    private void OnCatalog(ModelCatalog _) => _changes.Writer.TryWrite(true);
}

/// <summary>Puts the settings and the catalog of this moment in force in the ledger.</summary>
internal sealed class LedgerTuning(ILedger ledger, LedgerReconciler reconciler, CurrentCatalog catalog, LedgerHome home)
{
    private LedgerConfig? _config;
    private ModelCatalog? _catalog;
    private volatile bool _doubted;

    /// <summary>Raised by a doubt: a turn is due.</summary>
    public event Action? Doubted;

    /// <summary>Takes nothing for granted at the next turn, which comes at once: edits may have reached the database only.</summary>
    public void Doubt()
    {
        _doubted = true;
        Doubted?.Invoke();
    }

    /// <returns>False while the ledger is not loaded: nothing was done yet.</returns>
    public async Task<bool> ApplyAsync(CancellationToken cancellationToken)
    {
        if (!await ledger.IsLoadedAsync(cancellationToken))
            return false;

        var (config, models) = (home.Config, catalog.Current);
        if (_doubted || !LedgerConfigs.Same(_config, config))
        {
            await ledger.ConfigureAsync(config, cancellationToken);
            _config = config;
        }
        if (_catalog != models || _doubted)
        {
            // Cleared before: a doubt that comes up while reconciling counts. Raised again where reconciling fails.
            _doubted = false;
            try
            {
                await reconciler.ReconcileAsync(cancellationToken);
            }
            catch
            {
                _doubted = true;
                throw;
            }

            _catalog = models;
        }
        return true;
    }
}
