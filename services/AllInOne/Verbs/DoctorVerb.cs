using System.CommandLine;
using GrokForge.Admin.Doctors;

namespace GrokForge.AllInOne.Verbs;

/// <summary><c>doctor</c>: tries a token against its upstream and says what is wrong, and what helps.</summary>
internal static class DoctorVerb
{
    public static Command Command(string[] settings)
    {
        var token = new Option<long?>("--token") { Description = "Id of the token to try, as GET /admin/tokens shows it. Default: the active one with the lowest id.", HelpName = "id" };
        var model = new Option<string>("--model") { Description = "The model of the short chat that is part of the try. Default: for web tokens the one with the most units; for API keys none." };
        var noChat = new Option<bool>("--no-chat") { Description = "Hold no chat: asks only what costs nothing." };
        var doctor = new Command("doctor", "Tries a token against its upstream, through the configured egress, and says what is wrong and what helps. Exits with 0 where it works, else 1.") { token, model, noChat };
        doctor.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new DoctorRequest(parsed.GetValue(token), parsed.GetValue(model), parsed.GetValue(noChat) ? false : null);
            await using var admin = await LocalAdmin.OpenAsync(settings, cancellationToken);
            var report = await admin.ExamineAsync(request, cancellationToken);
            Print(report);
            return report.Verdict == "works" ? 0 : 1;
        });
        return doctor;
    }

    private static void Print(DoctorReport report)
    {
        if (report.Token is { } token)
            Console.WriteLine($"Token {token.Id} ({token.Token}) of pool {token.Pool}, {token.Status}, by egress {report.Egress}.");
        foreach (var passed in report.Passed)
            Console.WriteLine(passed == "chat" ? $"chat with {report.Model}: ok" : $"{passed}: ok");
        Console.WriteLine($"{report.Verdict}: {report.Message}");
        if (report.Remedy.Length > 0)
            Console.WriteLine($"Remedy: {report.Remedy}");
    }
}
