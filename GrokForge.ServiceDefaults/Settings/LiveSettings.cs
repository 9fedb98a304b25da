using System.Text;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Keeps what every source gave last and, when one changes, builds the next snapshot and puts it in force, or keeps the one there is.</summary>
internal sealed class LiveSettings
{
    private readonly Lock _gate = new();
    private readonly SettingLayer _defaults;
    private readonly SettingLayer _environment;
    private readonly SettingLayer _commandLine;
    private readonly SettingsSnapshot _first;
    private SettingLayer _file;
    private SettingLayer _saved = SettingLayer.Empty(SettingOrigin.Saved);
    private long _savedVersion = -1;
    private SnapshotBuild _build;

    /// <exception cref="StartRefusedException">The sources do not make valid settings.</exception>
    public LiveSettings(SettingLayer file, SettingLayer environment, SettingLayer commandLine)
    {
        _defaults = Defaults();
        _file = file;
        _environment = environment;
        _commandLine = commandLine;
        _build = BuildFrom(file, _saved, _savedVersion, strictSaved: false);
        _first = _build.Snapshot ?? throw new StartRefusedException(Refusal(_build.Problems));
        Current = new(_first);
    }

    public CurrentSettings Current { get; }

    /// <summary>How the settings in force came about.</summary>
    public SnapshotBuild Build => Volatile.Read(ref _build);

    /// <summary>Puts a changed file in force; on problems everything stays as it was.</summary>
    public SnapshotBuild UseFile(SettingLayer file)
    {
        lock (_gate)
        {
            var build = BuildFrom(file, _saved, _savedVersion, strictSaved: false);
            if (build.Snapshot is not null)
                _file = file;
            return Adopt(build);
        }
    }

    /// <summary>Puts saved overrides in force; on problems everything stays as it was.</summary>
    public SnapshotBuild UseSaved(IReadOnlyDictionary<string, string> values, long version)
    {
        lock (_gate)
        {
            var saved = SettingLayer.FromSaved(values);
            var build = BuildFrom(_file, saved, version, strictSaved: false);
            if (build.Snapshot is not null)
                (_saved, _savedVersion) = (saved, version);
            return Adopt(build);
        }
    }

    /// <summary>What would happen if these were the saved overrides. Changes nothing.</summary>
    public SnapshotBuild Probe(IReadOnlyDictionary<string, string> values)
    {
        lock (_gate)
            return BuildFrom(_file, SettingLayer.FromSaved(values), _savedVersion, strictSaved: true);
    }

    private SnapshotBuild Adopt(SnapshotBuild build)
    {
        if (build.Snapshot is null)
            return build;

        var warnings = build.Warnings.ToList();
        foreach (var definition in SettingDefinitions.All.Where(d => d.NeedsRestart))
        {
            var options = SettingDefinitions.Tables[definition.Table];
            var (atStart, now) = (definition.Property.GetValue(options.GetValue(_first)), definition.Property.GetValue(options.GetValue(build.Snapshot)));
            if (atStart is string[] before && now is string[] after ? before.SequenceEqual(after) : Equals(atStart, now))
                continue;
            warnings.Add(new(definition.Key, "", $"{definition.Key} was changed and acts from the next start on"));
            if (definition.Bootstrap)
                definition.Property.SetValue(options.GetValue(build.Snapshot), atStart);
        }

        build = build with { Warnings = warnings };
        Volatile.Write(ref _build, build);
        Current.Replace(build.Snapshot);
        return build;
    }

    private SnapshotBuild BuildFrom(SettingLayer file, SettingLayer saved, long version, bool strictSaved) =>
        SnapshotBuilder.Build([_defaults, file, _environment, _commandLine, saved], version, strictSaved);

    private static string Refusal(IReadOnlyList<SettingProblem> problems)
    {
        var message = new StringBuilder();
        foreach (var problem in problems)
            message.Append(problem).Append("; correct it and start again.").Append(Environment.NewLine);
        return message.ToString().TrimEnd();
    }

    private static SettingLayer Defaults()
    {
        var read = TomlReader.Read(EmbeddedFile.Bytes(EmbeddedFile.ConfigDefaults), EmbeddedFile.ConfigDefaults);
        return read.Tree is { } tree
            ? SettingLayer.FromToml(SettingOrigin.Default, tree, EmbeddedFile.ConfigDefaults)
            : throw new InvalidOperationException($"The built-in {read.Fault}");
    }
}
