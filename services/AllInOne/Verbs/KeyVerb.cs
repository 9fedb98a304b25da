using System.CommandLine;
using GrokForge.Contracts.Keys;

namespace GrokForge.AllInOne.Verbs;

/// <summary><c>key create</c>: issues a virtual key and prints it, this once.</summary>
internal static class KeyVerb
{
    public static Command Command(string[] settings)
    {
        var name = new Option<string>("--name") { Description = "What the key is for.", Required = true };
        var models = new Option<string[]>("--model") { Description = "A model the key may use; repeat for several. Default: all.", AllowMultipleArgumentsPerToken = true };
        var rate = new Option<int>("--rate-limit") { Description = "Requests per minute; 0: no limit." };
        var daily = new Option<int>("--daily-limit") { Description = "Requests per UTC day; 0: no limit." };
        var create = new Command("create", "Creates a key and prints it. It cannot be shown again.") { name, models, rate, daily };
        create.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new CreateKeyRequest
            {
                Name = parsed.GetRequiredValue(name),
                ModelWhitelist = { parsed.GetValue(models) ?? [] },
                RateLimit = parsed.GetValue(rate),
                DailyLimit = parsed.GetValue(daily),
            };
            await using var admin = await LocalAdmin.OpenAsync(settings, cancellationToken);
            Console.WriteLine(await admin.CreateKeyAsync(request, cancellationToken));
            return 0;
        });
        return new Command("key", "Administers virtual keys.") { create };
    }
}
