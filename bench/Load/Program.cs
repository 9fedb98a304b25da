using System.Globalization;
using GrokForge.LoadBench;
using GrokForge.LoadBench.Targets;
using GrokForge.LoadBench.Upstream;

return args switch
{
    ["upstream", var port] => await MockUpstream.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture)),
    ["proxy", var port, var upstream] => await PlainProxy.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture), upstream),
    _ => await LoadRun.RunAsync(LoadOptions.Parse(args), CancellationToken.None),
};
